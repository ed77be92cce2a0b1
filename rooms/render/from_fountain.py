"""Fountain in: a script as a page's blocks (https://fountain.io/syntax, version 1.1).

What is struck out (`/* … */`) is dropped; sections (`#`) are headings, those below the third level of the third. A label in
brackets right above a lyric is that of a song part, and chords in brackets stand in the lyric.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from rooms.render import emphasis
from rooms.render.fountain import GAP, KEY, LABEL, PAGE_BREAK, begins_title_page, continues_value, forced, natural
from rooms.render.tree import Node, make

_STRUCK = re.compile(r"(?<!\\)/\*.*?\*/", re.DOTALL)
_NUMBERED = re.compile(r"(.*?)[ \t]*#([^\s#\\]{1,20})#")
_CENTERED = re.compile(r">(.*[^\\])<|><")


def from_fountain(source: str) -> Node:
    return Node("doc", content=fountain_blocks(source) or [make("paragraph")])


def fountain_blocks(source: str) -> list[Node]:
    text = _STRUCK.sub("", re.sub(r"\r\n?", "\n", source))
    return _Reader(text.split("\n")).blocks()


class _Reader:
    """Goes through the lines once; `_at` is the one to be read next."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0
        self._blocks: list[Node] = []
        self._openers: dict[str, Callable[[str], None]] = {
            "action": self._action,
            "lyric": self._lyric,
            "character": self._speech,
            "heading": self._heading,
            "synopsis": self._synopsis,
            "transition": self._transition,
            "sceneHeading": self._scene,
        }

    def blocks(self) -> list[Node]:
        while self._at < len(self._lines) and not self._bare(self._at):
            self._at += 1
        if begins_title_page(self._bare(self._at), self._raw(self._at + 1)):
            self._title_page()
        while self._at < len(self._lines):
            line = self._bare(self._at)
            if line:
                self._openers[self._kind(line)](line)
            else:
                self._at += 1
        return self._blocks

    def _raw(self, at: int) -> str:
        return self._lines[at].rstrip() if at < len(self._lines) else ""

    def _bare(self, at: int) -> str:
        return self._raw(at).strip()

    def _kind(self, line: str) -> str:
        after_blank = self._at == 0 or not self._bare(self._at - 1)
        if LABEL.fullmatch(line) and self._bare(self._at + 1).startswith("~"):
            return "lyric"
        return forced(line) or (natural(line, ends=not self._raw_line(self._at + 1)) if after_blank else "action")

    def _raw_line(self, at: int) -> str:
        """Without stripping what is a gap in a speech."""
        line = self._lines[at] if at < len(self._lines) else ""
        return line if line.strip() or line.startswith(GAP) else ""

    def _put(self, kind: str, lines: list[str], **attrs: Any) -> None:
        lyric = kind == "lyric"
        self._blocks.append(make(kind, emphasis.read(lines, lyric=lyric), **attrs))

    def _title_page(self) -> None:
        while line := self._bare(self._at):
            found = KEY.fullmatch(line)
            if found is None:
                return
            self._at += 1
            values = [found[2].strip()] if found[2].strip() else []
            while continues_value(self._raw(self._at)):
                values.append(self._bare(self._at))
                self._at += 1
            self._put("titleLine", values, key=found[1])

    # Each reads one element, from the line that it is given on.

    def _action(self, line: str) -> None:
        lines: list[str] = []
        while bare := self._bare(self._at):
            raw = self._raw(self._at)
            kind = forced(bare)
            if bare.startswith("!"):
                lines.append(raw[1:] if raw.startswith("!") else bare[1:])
            elif lines and kind is not None:
                break
            else:
                lines.append(raw)
            self._at += 1
        self._put("action", lines)

    def _lyric(self, line: str) -> None:
        label = LABEL.fullmatch(line)
        self._at += 1
        if label:
            self._put("section", [label[1].strip()])
        else:
            self._put("lyric", [line[1:].strip()])

    def _heading(self, line: str) -> None:
        self._at += 1
        signs = len(line) - len(line.lstrip("#"))
        self._put("heading", [line[signs:].strip()], level=min(signs, 3))

    def _synopsis(self, line: str) -> None:
        self._at += 1
        if PAGE_BREAK.fullmatch(line):
            self._blocks.append(make("pageBreak"))
        else:
            self._put("synopsis", [line[1:].strip()])

    def _transition(self, line: str) -> None:
        if not _CENTERED.fullmatch(line):
            self._at += 1
            self._put("transition", [line.removeprefix(">").strip()])
            return
        lines: list[str] = []
        while _CENTERED.fullmatch(bare := self._bare(self._at)):
            lines.append(bare[1:-1].strip())
            self._at += 1
        self._put("action", lines, centered=True)

    def _scene(self, line: str) -> None:
        self._at += 1
        if forced(line) == "sceneHeading":
            line = line[1:].strip()
        found = _NUMBERED.fullmatch(line)
        self._put("sceneHeading", [found[1] if found else line], number=found[2] if found else None)

    def _speech(self, line: str) -> None:
        self._at += 1
        name = line.removeprefix("@").strip()
        dual = name.endswith("^") and not name.endswith("\\^")
        self._put("character", [name.removesuffix("^").strip() if dual else name], dual=dual)
        said: list[str] = []

        def end() -> None:
            if said:
                self._put("dialogue", said)
                said.clear()

        while self._raw_line(self._at):
            bare = self._bare(self._at)
            self._at += 1
            if not bare:
                end()
            elif bare.startswith("(") and bare.endswith(")"):
                end()
                self._put("parenthetical", [bare])
            elif bare.startswith("~"):
                end()
                self._put("lyric", [bare[1:].strip()])
            else:
                said.append(bare)
        end()
