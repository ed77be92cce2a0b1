r"""Fountain's inline text: `*italic*`, `**bold**`, `_underline_`, `[[notes]]`, and in lyrics chords as `[Am]`.

Written so that it reads back as it was, whatever the words are. A run of one, two or three stars turns italic, bold or both on
or off, so marks needn't nest. A sign counts only where Fountain says so: what it opens must not begin with white space, what it
closes must not end with any, and a mark that isn't closed on its line was none. Any sign is plain after a backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rooms.render.to_html import readable
from rooms.render.tree import Node, joined, make, make_mark, make_text, words

_STARS: Final = {"italic": 1, "bold": 2}
_EMPHASIS: Final = ("italic", "bold", "underline")
CHORD = re.compile(r"\[([^\[\]\n]{0,40})\]")

_Marks = frozenset[str]


class _Piece(NamedTuple):
    """Text with its marks; a chord has its name for text."""

    text: str
    marks: _Marks
    is_chord: bool = False


# Writing


def write(content: Sequence[Node], *, lyric: bool = False, label: bool = False, indent: bool = False) -> list[str]:
    """The lines of a block, parted at its breaks. In lyrics chords are kept; a label has neither notes nor brackets. White
    space at the end of a line is dropped, and at its start without `indent`."""
    lines: list[list[_Piece]] = [[]]
    for node in content:
        if node.type == "hardBreak":
            lines.append([])
        elif node.type == "chord" and lyric:
            lines[-1].append(_Piece(chord_name(node), frozenset(), is_chord=True))
        else:
            text = readable(_said(node)).replace("\r\n", "\n").replace("\r", "\n")
            kept = frozenset(mark.type for mark in node.marks) & {*_EMPHASIS, *(() if label else ("note",))}
            first, *more = text.split("\n")
            lines[-1].append(_Piece(first, kept))
            lines.extend([_Piece(part, kept)] for part in more)
    return [_written(_trimmed(_shed(line), indent=indent), brackets=lyric or label) for line in lines]


def chord_name(chord: Node) -> str:
    """Its name as it can stand in brackets."""
    return re.sub(r"[\[\]\s]+", " ", readable(str(chord.attrs.get("name") or "")))[:40]


def _said(node: Node) -> str:
    if node.type == "chord":
        return f"[{node.attrs.get('name') or ''}]"
    return words(node) or f"[{node.type}]"


def _shed(line: Iterable[_Piece]) -> list[_Piece]:
    """Takes emphasis off white space, but where all of it and the text on both sides have it."""
    pieces = [
        _Piece(part, piece.marks, piece.is_chord)
        for piece in line
        for part in ([piece.text] if piece.is_chord else re.findall(r"\s+|\S+", piece.text))
    ]
    solid = [at for at, piece in enumerate(pieces) if not _is_space(piece)]
    for first, last in zip([-1, *solid], [*solid, len(pieces)], strict=True):
        gap = range(first + 1, last)
        shared = set(_EMPHASIS) if first >= 0 and last < len(pieces) else set()
        shared.intersection_update(*(pieces[at].marks for at in range(max(first, 0), min(last + 1, len(pieces)))))
        for at in gap:
            pieces[at] = pieces[at]._replace(marks=(pieces[at].marks - set(_EMPHASIS)) | shared)
    return pieces


def _trimmed(line: Sequence[_Piece], *, indent: bool) -> Sequence[_Piece]:
    solid = [at for at, piece in enumerate(line) if not _is_space(piece)]
    return line[0 if indent else solid[0] : solid[-1] + 1] if solid else []


def _is_space(piece: _Piece) -> bool:
    return not piece.is_chord and piece.text.isspace()


def _written(pieces: Sequence[_Piece], *, brackets: bool) -> str:
    parts: list[str] = []
    on: _Marks = frozenset()
    for at, piece in enumerate(pieces):
        parts.append(_change(on, piece.marks))
        on = piece.marks
        if piece.is_chord:
            parts.append(f"[{piece.text}]")
            continue
        following = pieces[at + 1] if at + 1 < len(pieces) else _Piece("", frozenset())
        next_sign = _change(piece.marks, following.marks) or ("[" if following.is_chord else following.text)[:1]
        parts.append(_escaped(piece.text, next_sign[:1], brackets=brackets))
    parts.append(_change(on, frozenset()))
    return "".join(parts)


def _change(before: _Marks, after: _Marks) -> str:
    """The signs between text with these marks and text with those."""
    ending, beginning = before - after, after - before
    if "note" not in before ^ after:
        return _toggles(ending, beginning)
    return _toggles(ending, frozenset()) + ("]]" if "note" in before else "[[") + _toggles(frozenset(), beginning)


def _toggles(ending: _Marks, beginning: _Marks) -> str:
    """One run of stars: several would read as one. The underline is the outer of the two, where there is a choice."""
    stars = "*" * sum(_STARS.get(mark, 0) for mark in ending | beginning)
    return ("_" if "underline" in beginning else "") + stars + ("_" if "underline" in ending else "")


def _escaped(text: str, follows: str, *, brackets: bool) -> str:
    """`follows` is the character that will stand after it."""
    parts: list[str] = []
    for at, char in enumerate(text):
        after = text[at + 1] if at + 1 < len(text) else follows
        sign = (
            char in "\\*_"
            or (char in "[]" and (brackets or after == char))
            or (char == "/" and after == "*" and at + 1 == len(text))
        )
        parts.append("\\" + char if sign else char)
    return "".join(parts)


# Reading


class _Token(NamedTuple):
    """A piece of a line: text, a chord, the begin or end of a note, or a run of signs with what stands around it."""

    kind: str
    text: str
    before: str = " "
    after: str = " "


_TOKENS = re.compile(r"\\[!-/:-@\[-`{-~]|\[\[|\]\]|\*+|_|.", re.DOTALL)


def read(lines: Sequence[str], *, lyric: bool = False) -> list[Node]:
    """The content of a block of these lines, with breaks between them. A note may reach over several."""
    nodes: list[Node] = []
    noted = False
    for at, line in enumerate(lines):
        if at:
            nodes.append(make("hardBreak"))
        rest = "\n".join(lines[at + 1 :])
        tokens, noted_after = _tokens(line, rest, noted=noted, lyric=lyric)
        nodes.extend(_nodes(tokens, noted=noted))
        noted = noted_after
    return joined(nodes)


def _tokens(line: str, rest: str, *, noted: bool, lyric: bool) -> tuple[list[_Token], bool]:
    tokens: list[_Token] = []
    at = 0
    while at < len(line):
        found = _TOKENS.match(line, at)
        assert found is not None, "any character is a token"  # noqa: S101 - for the type checker
        sign = found[0]
        if sign == "[[" and not noted and ("]]" in line[at + 2 :] or "]]" in rest):
            noted = True
            tokens.append(_Token("note", sign))
        elif sign == "]]" and noted:
            noted = False
            tokens.append(_Token("note", sign))
        elif lyric and sign[0] == "[" and (chord := CHORD.match(line, at)):
            tokens.append(_Token("chord", chord[1]))
            at = chord.end()
            continue
        elif sign[0] in "*_":
            after = line[found.end() : found.end() + 1] or " "
            tokens.append(_Token("sign", sign, line[at - 1 : at] or " ", after))
        elif len(sign) == 2 and sign[0] == "\\":
            tokens.append(_Token("text", sign[1]))
        elif sign in ("[[", "]]"):
            tokens.append(_Token("text", sign[0]))
            at += 1
            continue
        else:
            tokens.append(_Token("text", sign))
        at = found.end()
    return tokens, noted


def _nodes(tokens: Sequence[_Token], *, noted: bool) -> list[Node]:
    plain = _plain_signs(tokens)
    nodes: list[Node] = []
    on: set[str] = set()
    for at, token in enumerate(tokens):
        if token.kind == "note":
            noted = not noted
        elif token.kind == "chord":
            nodes.append(make("chord", name=token.text))
        elif token.kind == "sign" and at not in plain:
            on ^= _meaning(token)
        else:
            kinds = [*on, "note"] if noted else on
            nodes.append(make_text(token.text, map(make_mark, kinds)))
    return nodes


def _meaning(token: _Token) -> set[str]:
    if token.text == "_":
        return {"underline"}
    return {mark for mark, stars in _STARS.items() if len(token.text) & stars}


def _plain_signs(tokens: Sequence[_Token]) -> set[int]:
    """The signs that count as text: too long, with white space on the wrong side, or of a mark that is never closed."""
    plain = {at for at, token in enumerate(tokens) if token.kind == "sign" and len(token.text) > 3}
    while True:
        opened: dict[str, int] = {}
        for at, token in enumerate(tokens):
            if token.kind != "sign" or at in plain:
                continue
            meaning = _meaning(token)
            if any((token.before if mark in opened else token.after).isspace() for mark in meaning):
                plain.add(at)
                continue
            for mark in meaning:
                if opened.pop(mark, None) is None:
                    opened[mark] = at
        if not opened:
            return plain
        plain |= set(opened.values())
