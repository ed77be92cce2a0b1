"""Builds the page and puts it into the wheel (a hatchling build hook). An editable install uses `static/dist` as it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# hatchling loads this file by its path, so its neighbours have to be shown to it.
sys.path.append(str(Path(__file__).parent / "script"))

import page


class PageHook(BuildHookInterface[BuilderConfig]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return [] if page.system_node() else [page.NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            build_data["force_include"][str(page.build(Path(self.root)))] = "server/static"
