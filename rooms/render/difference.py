"""Difference: two moments of a page compared, block by block, and word by word where blocks were changed, split or joined.

Blocks and words are matched by the standard library's `difflib`. Its worst cases are quadratic, so what it may spend is
counted: beyond that a block counts as replaced whole, which is coarser and never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

import msgspec

from rooms.render.passages import Block, Run

PAIRS: Final = 6_000_000
"""So many pairs of words, or of blocks, are looked at for one comparison in all."""
ALIKE: Final = 0.35
"""Two blocks that have so much of the shorter one's text in common belong together: one was changed into the other."""
LEAST: Final = 0.1
"""And so much of the longer one's: a word that a whole page has too makes no likeness."""

BREAK: Final = "\n"
"""The end of a block, as a word."""

_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"\s*(?:[{_CJK}]|[^\W{_CJK}]+(?:['’][^\W{_CJK}]+)*|[^\w\s]|.)\s*|\s+", re.DOTALL)

Token = tuple[str, tuple[str, ...]]
"""A word with its marks: neither the space around it nor who wrote it makes a difference."""
Op = tuple[Literal["same", "removed", "added"], int, int]
"""What became of a word: its place before, and its place after; -1 where there is none."""


class Entry(msgspec.Struct, omit_defaults=True, frozen=True):
    """Blocks before and after: `same` (one, in `after` alone), `changed`, `added` or `removed`.

    `both` are changed blocks with the words of before and after in one line, as a narrow screen shows them.
    """

    change: Literal["same", "changed", "added", "removed"]
    before: tuple[Block, ...] = ()
    after: tuple[Block, ...] = ()
    both: tuple[Block, ...] = ()


class Words:
    """Some blocks as words: for each its token, its block, and how it is shown."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.blocks = blocks
        self.tokens: list[Token] = []
        self.block_of: list[int] = []
        self.runs: list[tuple[Run, ...]] = []
        for at, block in enumerate(blocks):
            for word, runs in _words(block.runs):
                self._add(at, (word.strip(), _marks(runs)), runs)
            self._add(at, (BREAK, ()), ())

    def _add(self, block: int, token: Token, runs: tuple[Run, ...]) -> None:
        self.tokens.append(token)
        self.block_of.append(block)
        self.runs.append(runs)


class Comparison:
    def __init__(self, pairs: int = PAIRS) -> None:
        self._left = pairs

    def entries(self, before: Sequence[Block], after: Sequence[Block]) -> list[Entry]:
        old, new = [_key(block) for block in before], [_key(block) for block in after]
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
        found = [Entry("same", after=(block,)) for block in after[:head]]
        old_end, new_end = len(old) - tail, len(new) - tail
        for a1, a2, b1, b2, same in self._matched(old[head:old_end], new[head:new_end]):
            a, b = before[head + a1 : head + a2], after[head + b1 : head + b2]
            found += [Entry("same", after=(block,)) for block in b] if same else self._replaced(a, b)
        return found + [Entry("same", after=(block,)) for block in after[new_end:]]

    def _matched(self, old: Sequence[object], new: Sequence[object]) -> Iterator[tuple[int, int, int, int, bool]]:
        if old and new and self._may_spend(len(old) * len(new)):
            for what, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=len(old) + len(new) > 400).get_opcodes():
                yield a1, a2, b1, b2, what == "equal"
        elif old or new:
            yield 0, len(old), 0, len(new), False

    def _may_spend(self, pairs: int) -> bool:
        if pairs > self._left:
            return False
        self._left -= pairs
        return True

    def _replaced(self, before: Sequence[Block], after: Sequence[Block]) -> list[Entry]:
        """Blocks that share their words are compared word by word; the others went or came."""
        old, new = Words(before), Words(after)
        ops: list[Op] = []
        for a1, a2, b1, b2, same in self._matched(old.tokens, new.tokens):
            if same:
                ops += [("same", a1 + n, b1 + n) for n in range(a2 - a1)]
            else:
                ops += [("removed", a, -1) for a in range(a1, a2)]
                ops += [("added", -1, b) for b in range(b1, b2)]
        links = _links(old, new, ops)
        return _grouped(old, new, _believed(old, new, ops, links), links)


def _links(old: Words, new: Words, ops: Sequence[Op]) -> set[tuple[int, int]]:
    """The blocks that belong together."""
    common: dict[tuple[int, int], int] = {}
    for what, a, b in ops:
        if what == "same" and old.tokens[a][0] != BREAK:
            pair = old.block_of[a], new.block_of[b]
            common[pair] = common.get(pair, 0) + len(old.tokens[a][0])
    old_sizes, new_sizes = _sizes(old), _sizes(new)
    links = set()
    for (i, j), size in common.items():
        shorter, longer = sorted((old_sizes[i], new_sizes[j]))
        if size >= ALIKE * shorter and size >= LEAST * longer:
            links.add((i, j))
    return links


def _sizes(words: Words) -> list[int]:
    sizes = [0] * len(words.blocks)
    for (text, _), block in zip(words.tokens, words.block_of, strict=True):
        sizes[block] += len(text.strip())
    return sizes


def _believed(old: Words, new: Words, ops: Sequence[Op], links: set[tuple[int, int]]) -> list[Op]:
    """A word that blocks have in common which don't belong together went here and came there."""
    believed: list[Op] = []
    for op in ops:
        what, a, b = op
        if what == "same" and (old.block_of[a], new.block_of[b]) not in links:
            believed += [("removed", a, -1), ("added", -1, b)]
        else:
            believed.append(op)
    return believed


def _grouped(old: Words, new: Words, ops: Sequence[Op], links: set[tuple[int, int]]) -> list[Entry]:
    entries: list[Entry] = []
    i = j = 0
    while i < len(old.blocks) or j < len(new.blocks):
        if i < len(old.blocks) and not any(a == i for a, _ in links):
            entries.append(Entry("removed", before=(_whole("removed", old.blocks[i]),)))
            i += 1
        elif j < len(new.blocks) and not any(b == j for _, b in links):
            entries.append(Entry("added", after=(_whole("added", new.blocks[j]),)))
            j += 1
        else:
            i_end, j_end = _together(links, i, j)
            entries.append(_changed(old, new, ops, (i, i_end), (j, j_end)))
            i, j = i_end, j_end
    return entries


def _together(links: set[tuple[int, int]], i: int, j: int) -> tuple[int, int]:
    """Where the blocks end that belong to the blocks `i` before and `j` after, directly or by way of others."""
    i_end, j_end = i + 1, j + 1
    while True:
        inside = [(a, b) for a, b in links if i <= a < i_end or j <= b < j_end]
        ends = max(a for a, _ in inside) + 1, max(b for _, b in inside) + 1
        if ends[0] <= i_end and ends[1] <= j_end:
            return i_end, j_end
        i_end, j_end = max(i_end, ends[0]), max(j_end, ends[1])


def _changed(old: Words, new: Words, ops: Sequence[Op], olds: tuple[int, int], news: tuple[int, int]) -> Entry:
    before: dict[int, list[Run]] = {at: [] for at in range(*olds)}
    after: dict[int, list[Run]] = {at: [] for at in range(*news)}
    both: list[Block] = []
    line: list[Run] = []
    for what, a, b in ops:
        i, j = (old.block_of[a] if a >= 0 else -1), (new.block_of[b] if b >= 0 else -1)
        if i not in before and j not in after:
            continue
        change = "" if what == "same" else what
        if i in before:
            _extend(before[i], old.runs[a], change)
        if j in after:
            _extend(after[j], new.runs[b], change)
        is_break = (old.tokens[a] if a >= 0 else new.tokens[b])[0] == BREAK
        if not is_break:
            _extend(line, new.runs[b] if b >= 0 else old.runs[a], change)
        elif what != "removed":
            both.append(msgspec.structs.replace(new.blocks[j], runs=tuple(line)))
            line = []
        elif line and all(run.change == "removed" for run in line):
            both.append(msgspec.structs.replace(old.blocks[i], runs=tuple(line)))
            line = []
        elif line:
            _extend(line, (Run(" ¶ "),), "removed")
    if line and both:
        both[-1] = msgspec.structs.replace(both[-1], runs=(*both[-1].runs, *line))
    return Entry("changed", _with(old.blocks, before), _with(new.blocks, after), tuple(both))


def _with(blocks: Sequence[Block], runs: dict[int, list[Run]]) -> tuple[Block, ...]:
    return tuple(msgspec.structs.replace(blocks[at], runs=tuple(some)) for at, some in runs.items())


def _key(block: Block) -> object:
    pieces: list[Token] = []
    for run in block.runs:
        if pieces and pieces[-1][1] == run.marks:
            pieces[-1] = (pieces[-1][0] + run.text, run.marks)
        else:
            pieces.append((run.text, run.marks))
    return (block.kind, block.level, block.depth, block.quote, block.marker, tuple(pieces))


def _whole(change: str, block: Block) -> Block:
    return msgspec.structs.replace(block, runs=tuple(Run(run.text, run.member, run.marks, change) for run in block.runs))


def _marks(runs: Sequence[Run]) -> tuple[str, ...]:
    """Those of its letters; a word may have several, one after the other."""
    marks = dict.fromkeys(run.marks for run in runs if not run.text.isspace())
    return next(iter(marks), ()) if len(marks) < 2 else tuple(",".join(some) for some in marks)


def _words(runs: Sequence[Run]) -> Iterator[tuple[str, tuple[Run, ...]]]:
    """The words of a block, each with its pieces by author and marks."""
    ends: list[int] = []
    end = 0
    for run in runs:
        end += len(run.text)
        ends.append(end)
    at = 0
    for match in _WORD.finditer("".join(run.text for run in runs)):
        start, stop = match.span()
        parts: list[Run] = []
        while start < stop:
            while ends[at] <= start:
                at += 1
            upto = min(stop, ends[at])
            parts.append(Run(match.string[start:upto], runs[at].member, runs[at].marks))
            start = upto
        yield match[0], tuple(parts)


def _extend(runs: list[Run], word: Sequence[Run], change: str) -> None:
    for part in word:
        if runs and (runs[-1].member, runs[-1].marks, runs[-1].change) == (part.member, part.marks, change):
            runs[-1] = Run(runs[-1].text + part.text, part.member, part.marks, change)
        else:
            runs.append(Run(part.text, part.member, part.marks, change))
