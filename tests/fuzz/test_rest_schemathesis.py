"""Schemathesis over the OpenAPI document of a real server: what it describes is what it does, and nothing breaks it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rooms.model import Role
from tests.wire.running import environment, studio

EXAMPLES = 10
SECONDS = 300
"""When to give up: a run takes some fifteen seconds."""

# What no schema says: that a body has anything in it and is a document or a picture that can be read, that a room keeps a lead
# and its first page, that it has one sprint at a time, that a mark is an update, and that whole numbers are written without a
# fraction.
CONFIGURATION = """
checks.negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, "5xx"]

[[operations]]
include-operation-id = [
  "write_document", "keep_copy", "add_image", "remove_member", "set_role", "make_invite",
  "change_document", "remove_document", "start_sprint", "extend_sprint", "stop_sprint", "begin_thread",
  "name_moment", "lend", "preview", "open_bundle",
]
checks.positive_data_acceptance.expected-statuses = ["2xx", 400, 401, 403, 404, 409, 422]
"""


@pytest.fixture
def seed() -> int:
    """Printed with a failure; `TUTTI_TEST_SEED` brings one back."""
    return int(os.environ.get("TUTTI_TEST_SEED", "14814020"))


def test_the_rest_interface_is_as_described(tmp_path: Path, seed: int) -> None:
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION)
    with studio(tmp_path / "data", TUTTI_ENTRIES_PER_MINUTE="1000000") as running:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "--config-file",
                str(tmp_path / "schemathesis.toml"),
                "run",
                f"{running.url}/api/openapi.json",
                "--header",
                f"Authorization: Bearer {running.token('*', role=Role.LEAD)}",
                "--phases",
                "examples,coverage,fuzzing",
                "--checks",
                "all",
                "--max-examples",
                str(EXAMPLES),
                "--seed",
                str(seed),
                "--generation-database",
                "none",
                "--warnings",
                "off",
                "--no-color",
            ],
            cwd=tmp_path,
            env=environment(NO_PROXY="*"),
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
        assert done.returncode == 0, f"seed {seed}\n{done.stdout}\n{done.stderr}"
        assert "[error" not in running.logged(), running.logged()
