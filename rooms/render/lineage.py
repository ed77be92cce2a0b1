"""Lineage: text that came back or was moved keeps who wrote it.

In a list of characters nothing moves. An editor that splits a paragraph deletes its tail and writes it anew in the next one,
under its own client id; so it does where paragraphs are joined, where a block is dragged, and where text is replaced by
nearly the same. What was undone is written anew, too, and so is a page that is brought back. `Lineage` looks at each row of
the log after it was played and gives such text its authors. In the order of what it believes most:

0. What the page says itself that it moved, where it is the same text.
1. A page brought back: the text of that moment, which the store has noted.
2. An undo: yjs puts the copy right before what was deleted, and names it as its neighbour. Of a whole block that comes after
   moves: any block may happen to be made before a deleted one.
3. A move: text that the same row deletes. Whole passages first, then parts of them; a few letters only where a paragraph was
   split or joined, since anybody may type a letter again that they have just taken away. Who deletes a paragraph names each
   piece of it that they saw; what goes with it unnamed somebody else put there meanwhile, and it was not moved.
4. Cut and paste: text of some length that an earlier row deleted.

What is matched is text, so somebody who deletes a sentence and types the very same again in one pulse doesn't become its
author.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from typing import Final

from rooms.render.items import TEXT, TYPE, XML_ELEMENT, Branch, Item
from rooms.render.moves import inherit
from rooms.render.replay import Replay
from rooms.render.tree import schema

GRAM: Final = 12
"""So many letters must be the same to be found among what was deleted earlier."""
STRIDE: Final = 6
"""Every so manyth place of what was deleted can be found."""
FEW: Final = 4
"""Fewer letters than this are only moved where a paragraph was split or joined."""
SMALL: Final = 3
"""The shortest part of a passage that counts where a passage was replaced by one that is like it."""
MOST: Final = 0.8
"""Two passages are one that was moved and changed a little when they have so much of the shorter one in common."""
PAIRS: Final = 1_000_000
"""So many pairs of letters are looked at for one row; beyond that only what is long enough to be found by its beginning."""
MANY: Final = 20_000
"""And so many pairs of passages."""
AGAIN: Final = 4000
"""So many letters that a row takes again are looked at. Who comes back says all that was ever deleted."""
STEPS: Final = 200
"""So many items that are no part of a passage may lie inside one."""


class Passage:
    """Items that follow each other, and what of them is still to be matched."""

    __slots__ = ("branch", "items", "text")

    def __init__(self, items: list[Item]) -> None:
        self.items = items
        self.text = "".join(item.content for item in items)
        self.branch = items[0].parent

    def authors(self) -> list[int]:
        return [client for item in self.items for client in item.authors()]


class Slice:
    """Some units of a passage."""

    __slots__ = ("end", "passage", "start")

    def __init__(self, passage: Passage, start: int, end: int) -> None:
        self.passage = passage
        self.start = start
        self.end = end

    @property
    def text(self) -> str:
        return self.passage.text[self.start : self.end]

    def __len__(self) -> int:
        return self.end - self.start

    def cut(self, start: int, end: int) -> list[Slice]:
        """What is left of it without these units."""
        cut = [Slice(self.passage, self.start, self.start + start), Slice(self.passage, self.start + end, self.end)]
        return [rest for rest in cut if len(rest)]


def _slice(passage: Passage) -> Slice:
    return Slice(passage, 0, len(passage.text))


class Lineage:
    """Follows a replay. `restored` says of a client that it brought back the page of a row."""

    def __init__(self, replay: Replay, restored: Mapping[int, int]) -> None:
        self._replay = replay
        self._restored = restored
        self._grams: dict[str, tuple[Passage, int]] = {}
        self._pairs = self._looks = 0
        """What is left to be spent on this row."""
        self._kept: dict[Branch, bool] = {}

    def follow(self) -> None:
        """Looks at the row that was played last."""
        replay = self._replay
        self._pairs, self._looks = PAIRS, MANY
        self._kept.clear()
        went = _passages(replay.gone, replay.row) if replay.gone else []
        for passage in went + _passages(replay.along, replay.row) if replay.along else went:
            self._bury(passage)
        if replay.new:
            said = inherit(replay) if replay.entered else set()
            left = [item for item in replay.new if item not in said]
            if left:
                self._inherit(left, went)

    def _inherit(self, new: list[Item], went: list[Passage]) -> None:
        for client in {item.client for item in new} & self._restored.keys():
            brought = [item for item in new if item.client == client]
            if self._bring_back(client, brought):
                new = [item for item in new if item.client != client]
        again = self._replay.again
        if not (went or again or self._replay.made) and len(new) == 1 and new[0].length < GRAM and new[0].right_origin is None:
            return  # somebody types
        if again and sum(item.length for item in again) <= AGAIN:
            went = _passages(self._replay.gone + again, self._replay.row)
        # What came and went within the row comes first, in its order: what stayed may be a copy of it, or a copy of a copy.
        brief = [item for item in new if item.deleted]
        for item in sorted(brief, key=lambda item: item.clock)[:STEPS]:
            self._find([item], went)
        self._find([item for item in new if not item.deleted], went + _passages(brief, self._replay.row) if brief else went)

    def _find(self, items: list[Item], went: list[Passage]) -> None:
        """Looks for what these items were before."""
        new = _passages([item for item in items if not self._is_undone(item)], self._replay.row)
        came = [_slice(passage) for passage in sorted(new, key=lambda passage: passage.items[0].clock)]
        authors = {client for passage in went for item in passage.items for client in item.authors()}
        if authors and (len(authors) > 1 or any(item.client not in authors for passage in new for item in passage.items)):
            came = self._moved(came, [_slice(passage) for passage in went])
        if self._replay.made:
            came = self._redone(came)
        for part in came:
            if len(part) >= GRAM:
                self._dig(part)

    # 1. A page brought back

    def _bring_back(self, client: int, new: list[Item]) -> bool:
        """Whether the authors of the page that this client brought back could be given to all of it."""
        row = self._restored.get(client)
        if row is None:
            return False
        root = self._replay.root(schema().fragment)
        old = list(_texts(root, row))
        now = list(_texts(root, self._replay.row))
        wanted = set(new)
        first = next((at for at, item in enumerate(now) if item in wanted), len(now))
        before = sum(item.length for item in now[:first])
        authors = [author for item in old for author in item.authors()]
        written = "".join(item.content for item in old)
        at = before
        for item in now[first:]:
            if item in wanted:
                if written[at : at + item.length] != item.content:
                    return False
                item.by = _packed(authors[at : at + item.length])
            at += item.length
        return True

    # 2. An undo

    def _is_undone(self, item: Item) -> bool:
        """Whether it is what lies deleted right after it. A lone letter must be all of that: it may as well have been typed."""
        if item.right_origin is None:
            return False
        authors: list[int] = []
        client, clock = item.right_origin
        end = clock + item.length
        while clock <= end:
            original = self._replay.item((client, clock))
            if original is None or original.kind != TEXT or not original.deleted or original.parent is not item.parent:
                break
            at = clock - original.clock
            authors += original.authors()[at:]
            text = original.content[at:]
            if not (item.content + "\0")[len(authors) - len(text) :].startswith(text[: end - clock]):
                return False
            clock += len(text)
        if len(authors) < item.length or (item.length == 1 and len(authors) > 1):
            return False
        item.by = _packed(authors[: item.length])
        return True

    def _redone(self, came: list[Slice]) -> list[Slice]:
        """The text of whole blocks that are there again. yjs makes the block right before the deleted one, and fills it."""
        copies: dict[Branch, Branch] = {}
        for item in self._replay.made:
            original = self._replay.item(item.right_origin) if item.right_origin is not None else None
            if original is not None and original.kind == TYPE and original.deleted and original.parent is item.parent:
                copies[item.content] = original.content
        if not copies:
            return came
        left: list[Slice] = []
        for part in came:
            branch = part.passage.branch
            while isinstance(branch, Branch) and branch not in copies:
                branch = branch.item.parent if branch.item is not None else None
            texts = [item for item in _all_texts(copies[branch]) if item.deleted] if isinstance(branch, Branch) else []
            if not texts:
                left.append(part)
                continue
            left += self._common(part, _slice(Passage(texts)), MOST * len(part))
        return left

    # 3. A move

    def _moved(self, came: list[Slice], went: list[Slice]) -> list[Slice]:
        """Matches what came with what went; returns what is left of what came."""
        all_went = list(went)
        came, went = self._whole(came, went)
        self._looks -= len(came) * len(went)
        if self._looks < 0:
            return came
        came, went = self._inside(came, went)
        came = self._alike(came, went)
        if came and len(all_went) > len(went):  # where two did the same at once, a passage may be there twice
            came, _ = self._whole(came, list(all_went))
            came, _ = self._inside(came, list(all_went))
            came = self._alike(came, all_went)
        return came

    def _whole(self, came: list[Slice], went: list[Slice]) -> tuple[list[Slice], list[Slice]]:
        by_text: dict[str, list[Slice]] = {}
        for part in reversed(went):
            by_text.setdefault(part.text, []).append(part)
        left: list[Slice] = []
        taken: set[Slice] = set()
        for part in came:
            same = by_text.get(part.text)
            if same and self._believes(part, same[-1], len(part)):
                found = same.pop()
                taken.add(found)
                _give(part, 0, found, 0, len(part))
            else:
                left.append(part)
        return left, [part for part in went if part not in taken]

    def _inside(self, came: list[Slice], went: list[Slice]) -> tuple[list[Slice], list[Slice]]:
        """One within the other: a paragraph's tail and what was typed before it, the text of a paragraph joined to another."""
        todo = sorted(came, key=len, reverse=True)
        left: list[Slice] = []
        steps = STEPS
        while todo:
            part = todo.pop(0)
            text = part.text
            for other in sorted(went, key=len, reverse=True) if steps else ():
                at = text.find(other.text) if len(other) <= len(part) else -1
                start = other.text.find(text) if at < 0 and len(part) < len(other) else -1
                if max(at, start) < 0 or not self._believes(part, other, min(len(part), len(other))):
                    continue
                steps -= 1
                went.remove(other)
                if at >= 0:
                    _give(part, at, other, 0, len(other))
                    todo = sorted([*todo, *part.cut(at, at + len(other))], key=len, reverse=True)
                else:
                    _give(part, 0, other, start, len(part))
                    went += other.cut(start, start + len(part))
                break
            else:
                left.append(part)
        return left, went

    def _alike(self, came: list[Slice], went: list[Slice]) -> list[Slice]:
        """A passage that took the place of one like it: what both have in common stayed."""
        for other in went:
            rest: list[Slice] = []
            for part in came:
                moved = self._is_moved(part, other)
                if len(part) < SMALL and not moved:
                    rest.append(part)
                    continue
                longer = max(len(part), len(other))
                rest += self._common(part, other, max(MOST * min(len(part), len(other)), longer / 3) if moved else None)
            came = rest
        return came

    def _common(self, part: Slice, other: Slice, letters: float | None) -> list[Slice]:
        """Gives what both have in common its authors; returns the rest.

        Single letters count where there are so many `letters` of them in common that one is the other. Else, and for None,
        what is as long as a word counts if it makes up half of the shorter one, and a phrase does in any case: less is chance.
        """
        if len(part) * len(other) > self._pairs:
            return [part]
        self._pairs -= len(part) * len(other)
        found = SequenceMatcher(None, other.text, part.text, autojunk=False).get_matching_blocks()
        if letters is None or sum(block.size for block in found) < letters:
            found = [block for block in found if block.size >= SMALL]
            if 2 * sum(block.size for block in found) < min(len(part), len(other)):
                found = [block for block in found if block.size >= GRAM]
        rest: list[Slice] = []
        end = 0
        for a, b, size in found:
            if size:
                _give(part, b, other, a, size)
                rest.append(Slice(part.passage, part.start + end, part.start + b))
                end = b + size
        rest.append(Slice(part.passage, part.start + end, part.end))
        return [piece for piece in rest if len(piece)]

    def _believes(self, part: Slice, other: Slice, size: int) -> bool:
        """Whether a match of this size is no chance."""
        if size >= FEW:
            return True
        if 1 < size == len(part) == len(other) < len(other.passage.text):
            return True  # all that is left of a passage whose rest was moved: the editor had a copy to spare for that
        if part.passage.branch is other.passage.branch:
            return 3 * size >= max(len(part), len(other)) and self._is_moved(part, other)
        return self._is_moved(part, other)

    def _is_moved(self, part: Slice, other: Slice) -> bool:
        """Whether a few letters, too, count: where they are in the very place of those that went, or where with them all text
        of a paragraph came or went."""
        row = self._replay.row
        came_to, went_from = part.passage.branch, other.passage.branch
        if came_to is went_from:
            return _meet(part.passage, other.passage, row)
        return not (self._keeps(came_to) and self._keeps(went_from))

    def _keeps(self, branch: object) -> bool:
        """Whether a type has text that was there before this row and still is."""
        if not isinstance(branch, Branch):
            return True
        known = self._kept.get(branch)
        if known is None:
            row = self._replay.row
            known = any(item.kind == TEXT and item.created < row and not item.deleted for item in branch.items())
            self._kept[branch] = known
        return known

    # 4. Cut and paste

    def _bury(self, passage: Passage) -> None:
        for at in range(0, len(passage.text) - GRAM + 1, STRIDE):
            self._grams[passage.text[at : at + GRAM]] = (passage, at)

    def _dig(self, part: Slice) -> None:
        text = part.text
        at = 0
        while self._grams and at <= len(text) - GRAM:
            found = self._grams.get(text[at : at + GRAM])
            if found is None:
                at += 1
                continue
            passage, start = found
            before = 0
            while before < min(at, start) and passage.text[start - before - 1] == text[at - before - 1]:
                before += 1
            size = GRAM
            while at + size < len(text) and start + size < len(passage.text) and passage.text[start + size] == text[at + size]:
                size += 1
            grave = _slice(passage)
            _give(part, at - before, grave, start - before, size + before)
            at += size


def _give(part: Slice, at: int, other: Slice, start: int, size: int) -> None:
    """Units of `part` from `at` get the authors of units of `other` from `start`."""
    authors = other.passage.authors()[other.start + start : other.start + start + size]
    first = part.start + at
    end = 0
    for item in part.passage.items:
        begin, end = end, end + item.length
        low, high = max(begin, first), min(end, first + size)
        if low < high:
            own = list(item.authors())
            own[low - begin : high - begin] = authors[low - first : high - first]
            item.by = _packed(own)


def _packed(authors: list[int]) -> int | tuple[int, ...]:
    return authors[0] if authors.count(authors[0]) == len(authors) else tuple(authors)


def _meet(one: Passage, two: Passage, row: int) -> bool:
    """Whether no text lies between two passages of one list that was there before this row and still is."""
    others = set(two.items)
    for item, step in ((one.items[-1], "right"), (one.items[0], "left")):
        other: Item | None = getattr(item, step)
        for _ in range(STEPS):
            if other is None or (other.kind == TEXT and not other.deleted and other.created != row):
                break
            if other in others:
                return True
            other = getattr(other, step)
    return False


def _passages(items: list[Item], row: int) -> list[Passage]:
    """Items put together where one follows the other, with no text between them that was there before this row and after it."""
    inside = dict.fromkeys(items)
    found: list[Passage] = []
    while inside:
        item = next(iter(inside))
        del inside[item]
        run = [item]
        other, steps = item.left, STEPS
        while other is not None and steps:
            if other in inside:
                del inside[other]
                run.insert(0, other)
                steps = STEPS
            elif other.kind == TEXT and not other.deleted and other.created != row:
                break
            other, steps = other.left, steps - 1
        other, steps = item.right, STEPS
        while other is not None and steps:
            if other in inside:
                del inside[other]
                run.append(other)
                steps = STEPS
            elif other.kind == TEXT and not other.deleted and other.created != row:
                break
            other, steps = other.right, steps - 1
        found.append(Passage(run))
    return found


def _all_texts(branch: Branch) -> Iterator[Item]:
    """Every piece of text that was ever in it, in order."""
    for item in branch.items():
        if item.kind == TEXT:
            yield item
        elif item.kind == TYPE:
            yield from _all_texts(item.content)


def _texts(branch: Branch, row: int) -> Iterator[Item]:
    """The pieces of text that were there after this row, in their order."""
    todo = [branch.start]
    while todo:
        item = todo.pop()
        if item is None:
            continue
        todo.append(item.right)
        if not item.was_there(row):
            continue
        if item.kind == TEXT:
            yield item
        elif item.kind == TYPE and (item.content.kind == XML_ELEMENT or item.content.start is not None):
            todo.append(item.content.start)
