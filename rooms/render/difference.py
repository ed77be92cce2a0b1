"""Difference: two moments of a page compared, block by block, and word by word inside a block that was changed.

Blocks and words are matched by the standard library's `difflib`. Its worst cases are quadratic, so what it may spend is
counted: beyond that a block counts as replaced whole, which is coarser and never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

import msgspec

from rooms.render.passages import Block, Run

PAIRS: Final = 4_000_000
"""So many pairs of words, or of blocks, are looked at for one comparison in all."""
ALIKE: Final = 0.35
"""Two blocks that have so much of their words in common are one block that was changed."""
LEAST: Final = 0.12

ADDED, REMOVED = "added", "removed"

_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_CJK}]\s*|[^\W{_CJK}]+(?:['’][^\W{_CJK}]+)*\s*|[^\w\s]\s*|\s+|.", re.DOTALL)

Token = tuple[str, tuple[str, ...]]
"""A word with its marks: who wrote it makes no difference."""


class Entry(msgspec.Struct, omit_defaults=True, frozen=True):
    """A block before and after: `same`, `changed`, `added` or `removed`. Where nothing changed only `after` is there."""

    change: str
    before: Block | None = None
    after: Block | None = None
    both: tuple[Run, ...] = ()
    """The runs of both, in one line: what a narrow screen shows."""


class Words(msgspec.Struct, frozen=True):
    """A word for each token, as it is shown."""

    tokens: tuple[Token, ...]
    runs: tuple[tuple[Run, ...], ...]


class Comparison:
    def __init__(self, pairs: int = PAIRS) -> None:
        self._left = pairs

    def entries(self, before: Sequence[Block], after: Sequence[Block]) -> list[Entry]:
        old, new = [_key(block) for block in before], [_key(block) for block in after]
        shorter = min(len(old), len(new))
        head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
        tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
        found = [Entry("same", after=block) for block in after[:head]]
        old_end, new_end = len(old) - tail, len(new) - tail
        for a1, a2, b1, b2, same in self._matched(old[head:old_end], new[head:new_end]):
            a, b = before[head + a1 : head + a2], after[head + b1 : head + b2]
            found += [Entry("same", after=block) for block in b] if same else self._replaced(a, b)
        return found + [Entry("same", after=block) for block in after[new_end:]]

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
        """Blocks that are alike are compared, in their order; the others went or came."""
        found: list[Entry] = []
        pairs = self._pairs(before, after)
        a = b = 0
        for i, j in [*pairs, (len(before), len(after))]:
            found += [_whole(REMOVED, block) for block in before[a:i]]
            found += [_whole(ADDED, block) for block in after[b:j]]
            if i < len(before):
                found.append(self._changed(before[i], after[j]))
            a, b = i + 1, j + 1
        return found

    def _pairs(self, before: Sequence[Block], after: Sequence[Block]) -> list[tuple[int, int]]:
        """The most alike, by the longest common subsequence weighted with likeness."""
        if not before or not after or not self._may_spend(20 * len(before) * len(after)):
            return []
        old, new = [_bag(block) for block in before], [_bag(block) for block in after]
        best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
        alike = [[_alike(a, b) for b in new] for a in old]
        for i in range(len(old) - 1, -1, -1):
            for j in range(len(new) - 1, -1, -1):
                with_both = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= ALIKE else 0.0
                best[i][j] = max(with_both, best[i + 1][j], best[i][j + 1])
        pairs: list[tuple[int, int]] = []
        i = j = 0
        while i < len(old) and j < len(new):
            if best[i][j] == best[i + 1][j]:
                i += 1
            elif best[i][j] == best[i][j + 1]:
                j += 1
            else:
                pairs.append((i, j))
                i, j = i + 1, j + 1
        return pairs

    def _changed(self, before: Block, after: Block) -> Entry:
        old, new = _words(before.runs), _words(after.runs)
        a_runs: list[Run] = []
        b_runs: list[Run] = []
        both: list[Run] = []
        for a1, a2, b1, b2, same in self._matched(old.tokens, new.tokens):
            if same:
                for word in new.runs[b1:b2]:
                    _extend(both, word, "")
                    _extend(b_runs, word, "")
                for word in old.runs[a1:a2]:
                    _extend(a_runs, word, "")
                continue
            for word in old.runs[a1:a2]:
                _extend(both, word, REMOVED)
                _extend(a_runs, word, REMOVED)
            for word in new.runs[b1:b2]:
                _extend(both, word, ADDED)
                _extend(b_runs, word, ADDED)
        return Entry(
            "changed",
            msgspec.structs.replace(before, runs=tuple(a_runs)),
            msgspec.structs.replace(after, runs=tuple(b_runs)),
            tuple(both),
        )


def _key(block: Block) -> object:
    pieces: list[tuple[str, tuple[str, ...]]] = []
    for run in block.runs:
        if pieces and pieces[-1][1] == run.marks:
            pieces[-1] = (pieces[-1][0] + run.text, run.marks)
        else:
            pieces.append((run.text, run.marks))
    return (block.kind, block.level, block.depth, block.quote, block.marker, tuple(pieces))


def _whole(change: str, block: Block) -> Entry:
    runs = tuple(Run(run.text, run.member, run.marks, change) for run in block.runs)
    block = msgspec.structs.replace(block, runs=runs)
    return Entry(change, after=block) if change == ADDED else Entry(change, before=block)


def _bag(block: Block) -> dict[str, int]:
    words: dict[str, int] = {}
    for found in _WORD.findall(block.text):
        word = found.strip()
        words[word] = words.get(word, 0) + len(word)
    return words


def _alike(old: dict[str, int], new: dict[str, int]) -> float:
    """How much of the shorter one's text the other has too, 0 to 1. A word that a whole page has too makes no likeness."""
    shorter, longer = sorted((sum(old.values()), sum(new.values())))
    if not shorter:
        return 0.0 if longer else 1.0
    common = sum(min(count, new.get(word, 0)) for word, count in old.items())
    return common / shorter if common / longer >= LEAST else 0.0


def _words(runs: Sequence[Run]) -> Words:
    tokens: list[Token] = []
    shown: list[tuple[Run, ...]] = []
    text = "".join(run.text for run in runs)
    ends = []
    end = 0
    for run in runs:
        end += len(run.text)
        ends.append(end)
    at = 0
    for match in _WORD.finditer(text):
        start, stop = match.span()
        parts: list[Run] = []
        while start < stop:
            while ends[at] <= start:
                at += 1
            upto = min(stop, ends[at])
            parts.append(Run(text[start:upto], runs[at].member, runs[at].marks))
            start = upto
        tokens.append((match[0], parts[0].marks if len(parts) == 1 else tuple(",".join(p.marks) for p in parts)))
        shown.append(tuple(parts))
    return Words(tuple(tokens), tuple(shown))


def _extend(runs: list[Run], word: Sequence[Run], change: str) -> None:
    for part in word:
        if runs and (runs[-1].member, runs[-1].marks, runs[-1].change) == (part.member, part.marks, change):
            runs[-1] = Run(runs[-1].text + part.text, part.member, part.marks, change)
        else:
            runs.append(Run(part.text, part.member, part.marks, change))
