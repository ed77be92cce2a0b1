"""Random lines of scripts and songs, made to be hard to write; and what of them Fountain and ChordPro carry.

The second half is written from the lists in `to_fountain` and `chordpro`, a character at a time, and shares no code with them.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence

from rooms.render.tree import Node, joined, make, make_mark, make_text
from tests.fuzz.render_pieces import random_text

WORDS = [
    *(
        "INT. HOUSE - NIGHT",
        "int. kitchen",
        "EXT. SEA",
        "I/E car",
        "CUT TO:",
        "FADE TO:",
        "MEI",
        "MEI (V.O.)",
        "R2D2",
        "Mei",
        "美智",
    ),
    *(
        "Title: a",
        "Draft date: b",
        "NOTE: c",
        "(softly)",
        "(",
        ")",
        "[Chorus]",
        "[Am]",
        "{c: x}",
        "# x",
        "#5#",
        "...",
        ".hidden",
    ),
    *(
        "@x",
        "!y",
        "~z",
        "> a <",
        "> b",
        "= s",
        "===",
        "/* a */",
        "[[ n ]]",
        "**b**",
        "_u_",
        "***",
        "\\",
        "\\*",
        "a * b",
        "x^",
        " ^",
    ),
    *("  in", "\tin", "<b>", "</b>", "<i>x</i>", "\n", "\r\n", "\n\n", "end <", "<mark>", "}", "{", 'label="x"'),
]
KINDS = ["section", "lyric", "lyric", "sceneHeading", "action", "action", "character", "character", "parenthetical", "dialogue"]
KINDS += ["dialogue", "transition", "titleLine", "synopsis", "pageBreak"]
CHORDS = ["Am", "F#m7/E", "", "N.C.", "a[b]", "C  D"]
KEYS = ["Title", "Draft date", "", "INT x", "Größe", "a:b"]
NUMBERS = [None, "1", "12A", "a b", "#", "\\"]


def random_words(r: random.Random) -> str:
    return "".join(r.choice(WORDS) if r.random() < 0.6 else random_text(r) for _ in range(r.choice((1, 1, 1, 2, 3))))


def random_script_line(r: random.Random) -> list[Node]:
    nodes: list[Node] = []
    for _ in range(r.choice((0, 1, 1, 1, 2, 4))):
        if r.random() < 0.15:
            nodes.append(r.choice([make("hardBreak"), make("chord", name=r.choice(CHORDS))]))
        else:
            kinds = [kind for kind in ("bold", "italic", "strike", "underline", "note") if r.random() < 0.2]
            nodes.append(make_text(random_words(r), map(make_mark, kinds)))
    return joined(nodes)


def random_script(r: random.Random, kinds: Sequence[str] = tuple(KINDS)) -> list[Node]:
    blocks: list[Node] = []
    for _ in range(r.randrange(1, 7)):
        kind = r.choice(kinds)
        attrs: dict[str, object] = {}
        match kind:
            case "sceneHeading":
                attrs = {"number": r.choice(NUMBERS)}
            case "action":
                attrs = {"centered": r.random() < 0.3}
            case "character":
                attrs = {"dual": r.random() < 0.3}
            case "titleLine":
                attrs = {"key": r.choice(KEYS)}
            case "heading":
                attrs = {"level": r.choice((1, 2, 3))}
        blocks.append(make(kind, [] if kind == "pageBreak" else random_script_line(r), **attrs))
    return blocks


# What is carried

EMPHASIS = {"bold", "italic", "underline"}
_CAN_NOT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")

Letter = Node
Letters = list[Letter]


def _readable(text: str) -> str:
    return _CAN_NOT.sub("\ufffd", text)


def _lines(content: Iterable[Node], marks: set[str], *, chords: bool) -> list[Letters]:
    lines: list[Letters] = [[]]
    for node in content:
        if node.type == "hardBreak":
            lines.append([])
            continue
        if node.type == "chord" and chords:
            lines[-1].append(make("chord", name=_chord(node)))
            continue
        text = _readable(f"[{node.attrs['name']}]" if node.type == "chord" else node.text or "")
        kept = [mark for mark in node.marks if mark.type in marks]
        for letter in text.replace("\r\n", "\n").replace("\r", "\n"):
            if letter == "\n":
                lines.append([])
            else:
                lines[-1].append(make_text(letter, kept))
    return lines


def _chord(node: Node) -> str:
    return re.sub(r"[\[\]\s]+", " ", node.attrs["name"])


def _is_space(letter: Letter) -> bool:
    return letter.type == "text" and (letter.text or "").isspace()


def _trimmed(line: Letters, *, start: bool = True) -> Letters:
    solid = [at for at, letter in enumerate(line) if not _is_space(letter)]
    return line[solid[0] if start else 0 : solid[-1] + 1] if solid else []


def _shed(line: Letters) -> Letters:
    """White space has the emphasis that all of it and both its neighbours have."""
    line = list(line)
    at = 0
    while at < len(line):
        end = at
        while end < len(line) and _is_space(line[end]):
            end += 1
        if end > at:
            around = line[max(at - 1, 0) : end + 1] if at and end < len(line) else [make_text("x")]
            shared = set.intersection(*({mark.type for mark in letter.marks} for letter in around))
            for i in range(at, end):
                line[i] = make_text(
                    line[i].text or "", [m for m in line[i].marks if m.type in shared or m.type not in EMPHASIS]
                )
        at = end + 1
    return line


def _fountain_lines(node: Node, *, lyric: bool = False, label: bool = False, indent: bool = False) -> list[Letters]:
    marks = EMPHASIS if label else EMPHASIS | {"note"}
    return [_trimmed(_shed(line), start=not indent) for line in _lines(node.content, marks, chords=lyric)]


def _together(lines: Iterable[Letters], between: Node) -> list[Node]:
    found: list[Node] = []
    for at, line in enumerate(lines):
        found.extend(([between] if at else []) + line)
    return joined(found)


def _one(node: Node, *, label: bool = False) -> list[Node]:
    return _together(filter(None, _fountain_lines(node, label=label)), make_text(" "))


BREAK = make("hardBreak")


def _paragraphs(lines: list[Letters]) -> list[list[Letters]]:
    parts: list[list[Letters]] = [[]]
    for line in lines:
        if line:
            parts[-1].append(line)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _has_words(node: Node) -> bool:
    return node.type in ("pageBreak", "lyric") or any(_fountain_lines(node))


def carried_by_fountain(blocks: Sequence[Node]) -> list[Node]:
    left = [block for block in blocks if _has_words(block)]
    found: list[Node] = []
    speaks = False
    starts = True
    for at, block in enumerate(left):
        after = left[at + 1].type if at + 1 < len(left) else ""
        starts = starts and block.type == "titleLine"
        now = _carried(block, after, speaks=speaks, starts=starts)
        speaks = block.type == "character" or (speaks and block.type in ("parenthetical", "dialogue"))
        found.extend(now)
    return found


def _carried(block: Node, after: str, *, speaks: bool, starts: bool) -> list[Node]:
    kind = block.type
    if kind in ("pageBreak", "lyric"):
        return [block] if kind == "pageBreak" else [make(kind, joined(line)) for line in _fountain_lines(block, lyric=True)]
    if kind == "section" and after == "lyric":
        return [make("section", _one(block, label=True))]
    if kind == "titleLine" and starts:
        key = block.attrs["key"] if block.attrs["key"] in ("Title", "Draft date") else "Title"
        return [make("titleLine", _together(filter(None, _fountain_lines(block)), BREAK), key=key)]
    if kind == "action" and block.attrs["centered"]:
        return [make("action", _together(filter(None, _fountain_lines(block)), BREAK), centered=True)]
    if kind == "sceneHeading":
        number = block.attrs["number"] if block.attrs["number"] in ("1", "12A") else None
        return [make(kind, _one(block), number=number)]
    if kind in ("heading", "synopsis", "transition", "character"):
        return [make(kind, _one(block), **block.attrs)]
    if kind == "parenthetical" and speaks:
        return [make(kind, _in_parentheses(_one(block)))]
    spoken = kind == "dialogue" and speaks
    if kind == "titleLine" and block.attrs["key"]:
        block = make("action", [make_text(f"{block.attrs['key']}: "), *block.content])
    parts = _paragraphs(_fountain_lines(block, indent=not spoken))
    return [make("dialogue" if spoken else "action", _together(part, BREAK)) for part in parts]


def _in_parentheses(line: list[Node]) -> list[Node]:
    """What is written has them at its ends: inside of a mark they don't count."""
    text = "".join(node.text or "" for node in line)
    plain_ends = not (line[0].marks or line[-1].marks)
    if text.startswith("(") and text.endswith(")") and plain_ends and len(text) > 1:
        return line
    return joined([make_text("("), *line, make_text(")")])


# ChordPro

SONG_MARKS = EMPHASIS | {"strike", "note"}


def carried_by_chordpro(blocks: Sequence[Node]) -> list[Node]:
    found: list[Node] = []
    for block in blocks:
        if block.type == "lyric":
            lines = _lines(block.content, SONG_MARKS, chords=True)
            found.extend(make("lyric", joined(_trimmed(line, start=False))) for line in lines)
        else:
            lines = _lines([node for node in block.content if node.type != "chord"], SONG_MARKS, chords=False)
            label = _together(filter(None, map(_trimmed, lines)), make_text(" "))
            found.extend([make("section", label)] if label else [])
    return found
