"""Passages: a page as it was at some moment, as a flat list of blocks, each piece of text with who wrote it. From a `Replay`.

Flat, since this is for reading and comparing: what a block lies in is said beside it (how deep in lists, whether in a quote).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from rooms.render.items import ANY, FORMAT, TEXT, TYPE, XML_ELEMENT, Branch, Item, characters
from rooms.render.replay import Replay
from rooms.render.tree import DEPTH, schema

UNSHOWN = {"comment", "ychange"}
"""Marks that say nothing of how text reads."""
LISTS = {"bulletList": "bullet", "orderedList": "number"}


class Run(msgspec.Struct, omit_defaults=True, frozen=True):
    """Some text of one author. `member` is None where nobody knows; `change` only in a comparison."""

    text: str
    member: str | None = None
    marks: tuple[str, ...] = ()
    change: str = ""


class Block(msgspec.Struct, omit_defaults=True, frozen=True):
    """One block of text. `marker` is a list item's, on its first block: `bullet` or `number`, with its number."""

    kind: str
    level: int = 0
    depth: int = 0
    quote: bool = False
    marker: str = ""
    number: int = 0
    runs: tuple[Run, ...] = ()

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs)


class _Place(msgspec.Struct, frozen=True):
    depth: int = 0
    quote: bool = False
    marker: str = ""
    number: int = 0


class Reader:
    """Reads one moment. `owners` says which member a CRDT client belongs to."""

    def __init__(self, replay: Replay, at: int, owners: Mapping[int, str]) -> None:
        self._at = at
        self._owners = owners
        self._root = replay.root(schema().fragment)

    def blocks(self) -> list[Block]:
        found: list[Block] = []
        self._read(self._root, _Place(), found, 0)
        return found

    def _there(self, branch: Branch) -> Iterator[Item]:
        return (item for item in branch.items() if item.was_there(self._at))

    def _read(self, branch: Branch, place: _Place, found: list[Block], depth: int) -> None:
        if depth > DEPTH:
            return
        number = self._attribute(branch, "start", 1)
        for item in self._there(branch):
            if item.kind != TYPE:
                continue
            inner: Branch = item.content
            if inner.kind != XML_ELEMENT:
                found.append(self._block("paragraph", inner, place, [item]))
            elif inner.name in LISTS:
                self._read(inner, _Place(place.depth + 1, place.quote, LISTS[inner.name]), found, depth + 1)
            elif inner.name == "listItem":
                self._item(inner, place, number, found, depth)
                number += 1
            elif inner.name == "blockquote":
                self._read(inner, _Place(place.depth, True), found, depth + 1)
            elif self._holds_blocks(inner):
                self._read(inner, place, found, depth + 1)
            else:
                found.append(self._block(inner.name, inner, place, self._there(inner)))

    def _item(self, branch: Branch, place: _Place, number: int, found: list[Block], depth: int) -> None:
        """The marker stands at the first block alone."""
        inside: list[Block] = []
        self._read(branch, _Place(place.depth, place.quote), inside, depth + 1)
        if inside and inside[0].depth == place.depth:
            inside[0] = msgspec.structs.replace(
                inside[0], marker=place.marker, number=number if place.marker == "number" else 0
            )
        found.extend(inside)

    def _holds_blocks(self, branch: Branch) -> bool:
        known = schema().nodes.get(branch.name)
        if known is not None:
            return not known.is_textblock and bool(known.content)
        return any(
            item.kind == TYPE
            and item.content.kind == XML_ELEMENT
            and (inner := schema().nodes.get(item.content.name)) is not None
            and inner.is_block
            for item in self._there(branch)
        )

    def _block(self, kind: str, branch: Branch, place: _Place, content: Iterator[Item] | list[Item]) -> Block:
        runs: list[Run] = []
        for item in content:
            if item.kind != TYPE:
                continue
            inner: Branch = item.content
            if inner.kind != XML_ELEMENT:
                self._text(inner, runs)
            elif inner.name == "hardBreak":
                _add(runs, "\n", self._owners.get(item.client), ())
            elif inner.name == "chord":
                _add(runs, f"[{self._words(inner, 'name')}]", self._owners.get(item.client), ())
            else:
                for text in self._there(inner):
                    if text.kind == TYPE and text.content.kind != XML_ELEMENT:
                        self._text(text.content, runs)
        if kind == "image" and branch.item is not None:
            _add(runs, self._words(branch, "alt"), self._owners.get(branch.item.client), ())
        level = self._attribute(branch, "level", 0)
        return Block(kind, level, place.depth, place.quote, place.marker, place.number, tuple(runs))

    def _text(self, branch: Branch, runs: list[Run]) -> None:
        marks: dict[str, Any] = {}
        names: tuple[str, ...] = ()
        for item in self._there(branch):
            if item.kind == FORMAT:
                key, value = item.content
                if value is None:
                    marks.pop(key, None)
                else:
                    marks[key] = value
                names = tuple(sorted({name.partition("--")[0] for name in marks} - UNSHOWN))
            elif item.kind == TEXT:
                if item.by.__class__ is int:
                    _add(runs, characters(item.content), self._owners.get(item.by), names)
                else:
                    for text, client in _parts(item):
                        _add(runs, characters(text), self._owners.get(client), names)

    def _attribute(self, branch: Branch, name: str, default: int) -> int:
        value = self._value(branch, name)
        return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    def _words(self, branch: Branch, name: str) -> str:
        value = self._value(branch, name)
        return value if isinstance(value, str) else ""

    def _value(self, branch: Branch, name: str) -> object:
        item = branch.map.get(name)
        while item is not None and not item.was_there(self._at):
            item = item.left
        return item.content[-1] if item is not None and item.kind == ANY and item.content else None


def _parts(item: Item) -> Iterator[tuple[str, int]]:
    """Its text by author."""
    authors = item.authors()
    start = 0
    for at in range(1, item.length + 1):
        if at == item.length or authors[at] != authors[start]:
            yield item.content[start:at], authors[start]
            start = at


def _add(runs: list[Run], text: str, member: str | None, marks: tuple[str, ...]) -> None:
    if not text:
        return
    if runs and runs[-1].member == member and runs[-1].marks == marks:
        runs[-1] = Run(runs[-1].text + text, member, marks)
    else:
        runs.append(Run(text, member, marks))
