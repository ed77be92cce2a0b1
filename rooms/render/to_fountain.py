"""Fountain: a script as the plain text that screenwriters' programs share (https://fountain.io/syntax, version 1.1).

A line is written without a sign where it can only be read as what it is, and with one (`.`, `@`, `!`, `>`) where it can't.
`from_fountain` reads it back as it was.

What Fountain can't carry:

- blocks without words, but for lyrics; white space around a line, but for that at the beginning of an action
- breaks in headings, scene headings, characters, parentheticals, transitions and synopses: they become spaces; in lyrics they
  part lines; an empty line within a block parts it
- dialogue and parentheticals that follow no character; lines of the title page that don't begin the page; labels of song parts
  with no lyric below: they become actions, and so does every block of a story. Of these only the words, with the signs of lists
- a parenthetical without its parentheses; scene numbers with spaces in them; keys with other signs than letters and digits
- chords outside of lyrics; notes in labels; marks other than bold, italic, underline and note
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from rooms.render import emphasis
from rooms.render.arrange import arranged
from rooms.render.fountain import GAP, begins_title_page, forced, is_key, natural
from rooms.render.outline import outline
from rooms.render.to_html import level
from rooms.render.to_text import leaf_lines
from rooms.render.tree import Node, make_text, schema

Lines = list[str]

ELEMENTS: Final = frozenset(
    ("sceneHeading", "action", "character", "parenthetical", "dialogue", "transition", "titleLine", "synopsis")
)
"""The nodes that are a script's alone."""
SPOKEN: Final = ("parenthetical", "dialogue")

_NUMBER = re.compile(r"[^\s#\\]{1,20}")


def to_fountain(tree: Node) -> bytes:
    return "".join(line + "\n" for line in fountain(arranged(tree))).encode()


def fountain(blocks: Sequence[Node]) -> Lines:
    """The lines of these blocks, as of a whole script."""
    rest = [block for block in blocks if _has_words(block)]
    title: Lines = []
    while rest and rest[0].type == "titleLine":
        title.extend(_title_line(rest.pop(0)))
    lines = [*title, ""] if title else []
    before = ""
    for at, block in enumerate(rest):
        written = _block(block, before, rest[at + 1].type if at + 1 < len(rest) else "")
        if not written:
            continue
        if not _is_joined(block.type, before):
            lines.extend([""] if lines and lines[-1] else [])
        elif block.type == before == "dialogue":
            lines.append(GAP)
        if not lines and begins_title_page(written[0], written[1] if len(written) > 1 else ""):
            written[0] = _SIGNS.get(block.type, "!") + written[0]
        lines.extend(written)
        before = _kind(block, before)
    return lines if not title or len(lines) > len(title) + 1 else title


_SIGNS: Final = {"character": "@", "transition": "> "}


def _has_words(block: Node) -> bool:
    known = schema().nodes.get(block.type)
    is_text = known is not None and known.is_textblock and block.type != "lyric"
    return not is_text or any(line.strip() for line in emphasis.write(block.content))


def _is_joined(kind: str, before: str) -> bool:
    """Whether no blank line may be between."""
    return (kind in SPOKEN and before in ("character", *SPOKEN)) or (kind == "lyric" and before in ("section", "lyric"))


def _kind(block: Node, before: str) -> str:
    """What a block counts as for the one after it."""
    if block.type in SPOKEN and before not in ("character", *SPOKEN):
        return "action"
    return block.type


def _title_line(node: Node) -> Lines:
    values = [line for line in emphasis.write(node.content) if line]
    key = str(node.attrs.get("key") or "")
    key = key if is_key(key) else "Title"
    if len(values) < 2:
        return [f"{key}: {value}" for value in values]
    return [f"{key}:", *(f"   {value}" for value in values)]


def _block(node: Node, before: str, after: str) -> Lines:
    match node.type:
        case "dialogue" | "parenthetical" if before in ("character", *SPOKEN):
            return _spoken(node)
        case "character":
            return _character(node, has_words=after in SPOKEN)
        case "lyric":
            return [f"~ {line}".rstrip() for line in emphasis.write(node.content, lyric=True)]
        case "section" if after == "lyric":
            label = _one(node, label=True)
            return [f"[{label}]"] if label else []
        case "action" if node.attrs.get("centered"):
            return [f"> {_unclosed(line)} <" for line in emphasis.write(node.content) if line]
        case "pageBreak":
            return ["==="]
        case "horizontalRule":
            return [r"> \* \* \* <"]
        case "image":
            note = make_text(f"Image: {node.attrs.get('alt') or ''}".strip(), [])
            return [f"[[{emphasis.write([note])[0]}]]"]
    if node.type in _SIGNED:
        return _signed(node)
    return _action(node)


_SIGNED: Final = ("sceneHeading", "transition", "heading", "synopsis")


def _signed(node: Node) -> Lines:
    """A block of one line."""
    line = _one(node)
    if not line:
        return []
    match node.type:
        case "heading":
            return [f"{'#' * level(node)} {line}"]
        case "synopsis":
            return [f"= {line}"]
        case "transition":
            is_plain = forced(line) is None and natural(line, ends=True) == "transition"
            return [line if is_plain else f"> {_unclosed(line)}"]
    number = str(node.attrs.get("number") or "")
    if line.endswith("#"):
        line = line[:-1] + "\\#"
    sign = "" if forced(line) is None and natural(line, ends=True) == "sceneHeading" else "."
    if sign and line.startswith("."):
        sign = ".\\"
    return [f"{sign}{line} #{number}#" if _NUMBER.fullmatch(number) else sign + line]


def _unclosed(line: str) -> str:
    """So that its end isn't taken for that of a centered line."""
    return line[:-1] + "\\<" if line.endswith("<") else line


def _one(node: Node, *, label: bool = False) -> str:
    return " ".join(filter(None, emphasis.write(node.content, label=label)))


def _character(node: Node, *, has_words: bool) -> Lines:
    line = _one(node)
    if not line:
        return []
    if line.endswith("^"):
        line = line[:-1] + "\\^"
    is_plain = has_words and forced(line) is None and natural(line, ends=False) == "character"
    return [("" if is_plain else "@") + line + (" ^" if node.attrs.get("dual") else "")]


def _spoken(node: Node) -> Lines:
    if node.type == "parenthetical":
        line = _one(node)
        if not line:
            return []
        return [line if line.startswith("(") and line.endswith(")") else f"({line})"]
    lines = [_plain_spoken(line) for line in emphasis.write(node.content)]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        del lines[-1]
    return [line or GAP for line in lines]


def _plain_spoken(line: str) -> str:
    is_sign = line.startswith("~") or (line.startswith("(") and line.endswith(")"))
    return "\\" + line if is_sign else line


def _action(node: Node) -> Lines:
    """Plain lines, and one empty line where there were some."""
    if node.type in ELEMENTS or node.type in ("paragraph", "section"):
        lines = emphasis.write(_named(node), indent=True)
    else:
        lines = [line for text in outline([node], leaf_lines) for line in emphasis.write([make_text(text)] if text else [])]
    paragraphs = [list(some) for is_full, some in groupby(lines, lambda line: bool(line.strip())) if is_full]
    written: Lines = []
    for paragraph in paragraphs:
        written.extend([""] if written else [])
        written.extend(_action_lines(paragraph))
    return written


def _named(node: Node) -> Sequence[Node]:
    """Of a title line that stands elsewhere, its key as well."""
    key = node.attrs.get("key") if node.type == "titleLine" else None
    return [make_text(f"{key}: "), *node.content] if key else node.content


def _action_lines(lines: Sequence[str]) -> Iterator[str]:
    for at, line in enumerate(lines):
        bare = line.strip()
        is_other = forced(bare) is not None or (at == 0 and natural(bare, ends=len(lines) == 1) != "action")
        yield "!" + line if is_other else line
