r"""ChordPro (https://www.chordpro.org): a song's lines, with chords in brackets before their syllable.

Both directions; `song_lines` and `song_blocks`, for the lines alone, are what Markdown has in a fence. Bold, italic, underline
and strike are ChordPro's own tags (`<b>`, `<i>`, `<u>`, `<s>`), a note is `<mark>`. Signs are plain after a backslash.

What it can't carry: other marks; breaks (they part lyrics, and become spaces in labels); chords in labels; white space at the
end of a line and around labels, a label without words; brackets and white space in the names of chords.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from rooms.render.arrange import arranged
from rooms.render.edition import Edition
from rooms.render.emphasis import CHORD, chord_name
from rooms.render.inline import steps
from rooms.render.outline import outline
from rooms.render.to_html import level, readable
from rooms.render.to_text import leaf_lines
from rooms.render.tree import Mark, Node, joined, make, make_mark, make_text, words

Lines = list[str]

SONG: Final = frozenset(("section", "lyric"))
_TAGS: Final = {"bold": "b", "italic": "i", "underline": "u", "strike": "s", "note": "mark"}
_MARKS: Final = {tag: mark for mark, tag in _TAGS.items()}
_SIGNS = re.compile(r"[\\\[]|<(?=/?(?:b|i|u|s|mark)>)")
_TOKENS = re.compile(r"\\[!-/:-@\[-`{-~]|</?(?:b|i|u|s|mark)>|.", re.DOTALL)
_DIRECTIVE = re.compile(r"\{[ \t]*([A-Za-z_]+)(?:-[^:\s}]*)?[ \t]*(?:[: \t][ \t]*(.*?))?[ \t]*\}")
_LABEL = re.compile(r'label="(.*)"')
_SHORT: Final = {"soc": "chorus", "sov": "verse", "sob": "bridge", "sot": "tab", "sog": "grid"}
_COMMENTS: Final = frozenset(("comment", "c", "comment_italic", "ci", "comment_box", "cb", "highlight"))
_TITLES: Final = frozenset(("title", "t"))
_FACTS: Final = frozenset(
    ("subtitle", "st", "artist", "composer", "lyricist", "copyright", "album", "year", "key", "time", "tempo", "capo")
)

_FACT = re.compile(rf"(?:{'|'.join(name for name in sorted(_FACTS) if name != 'st')}): \S", re.IGNORECASE)


# Writing


def to_chordpro(tree: Node, edition: Edition) -> bytes:
    """A whole song; other blocks are lines of it, headings are labels."""
    blocks = arranged(tree)
    title = edition.title
    if blocks and blocks[0].type == "heading" and level(blocks[0]) == 1:
        title = words(blocks.pop(0))
    lines = [f"{{title: {_directive(title)}}}"] if title.strip() else []
    if not any(_FACT.match(words(block)) for block in blocks):
        lines.extend(f"{{artist: {_directive(name)}}}" for name in edition.writers)
    before = ""
    for block in blocks:
        is_close = (block.type == "lyric" and before in SONG) or (before in ("", "fact") and _is_fact(block))
        lines.extend([""] if lines and not is_close else [])
        lines.extend(song_lines([block]) if block.type in SONG else _other(block))
        before = "fact" if _is_fact(block) else block.type
    return "".join(line + "\n" for line in lines).encode()


def _is_fact(block: Node) -> bool:
    return block.type == "paragraph" and _FACT.match(words(block)) is not None


def _other(block: Node) -> Lines:
    if _is_fact(block):
        name, _, said = words(block).partition(":")
        return [f"{{{name.lower()}: {_directive(said.strip())}}}"]
    if block.type == "heading":
        return [f"{{comment: {_directive(words(block))}}}"]
    return [line for text in outline([block], leaf_lines) for line in _sung(make("lyric", [make_text(text)] if text else []))]


def _directive(text: str) -> str:
    return _label([make_text(text)])


def song_lines(blocks: Sequence[Node]) -> Lines:
    """Sections and lyrics as lines."""
    lines: Lines = []
    for block in blocks:
        if block.type == "section":
            label = _label(block.content)
            lines.extend([f"{{comment: {label}}}"] if label else [])
        else:
            lines.extend(_sung(block))
    return lines


def _label(content: Sequence[Node]) -> str:
    lines = _lines([node for node in content if node.type != "chord"])
    text = " ".join(filter(None, (_written(_stripped(line)) for line in lines)))
    return re.sub(r"[{}]", r"\\\g<0>", text)


def _sung(block: Node) -> Iterator[str]:
    for line in _lines(block.content):
        text = _written(_trimmed(line))
        bare = text.lstrip()
        yield text[: len(text) - len(bare)] + "\\" + bare if bare.startswith(("{", "#")) else text


def _lines(content: Sequence[Node]) -> list[list[Node]]:
    """Parted at breaks and new lines, with the marks that can be written."""
    lines: list[list[Node]] = [[]]
    for node in content:
        if node.type == "hardBreak":
            lines.append([])
        elif node.type == "chord":
            lines[-1].append(Node("chord", node.attrs))
        else:
            text = readable(words(node) or f"[{node.type}]").replace("\r\n", "\n").replace("\r", "\n")
            marks = [Mark(mark.type) for mark in node.marks if mark.type in _TAGS]
            first, *more = text.split("\n")
            lines[-1].append(Node("text", marks=marks, text=first))
            lines.extend([Node("text", marks=marks, text=part)] for part in more)
    return [joined(line) for line in lines]


def _trimmed(line: list[Node]) -> list[Node]:
    """Without white space at its end."""
    while line and line[-1].type == "text":
        last = line[-1]
        text = (last.text or "").rstrip()
        if text:
            return [*line[:-1], Node("text", marks=last.marks, text=text)]
        line = line[:-1]
    return line


def _stripped(line: list[Node]) -> list[Node]:
    """Without any at its start either."""
    while line and line[0].type == "text":
        first = line[0]
        text = (first.text or "").lstrip()
        if text:
            return _trimmed([Node("text", marks=first.marks, text=text), *line[1:]])
        line = line[1:]
    return _trimmed(line)


def _written(line: Sequence[Node]) -> str:
    parts: list[str] = []
    for ending, beginning, node in steps(line):
        parts.extend(f"</{_TAGS[mark.type]}>" for mark in ending)
        parts.extend(f"<{_TAGS[mark.type]}>" for mark in beginning)
        if node is not None:
            text = node.text or ""
            parts.append(f"[{chord_name(node)}]" if node.type == "chord" else _SIGNS.sub(r"\\\g<0>", text))
    return "".join(parts)


# Reading


def from_chordpro(source: str) -> Node:
    """A whole song; blank lines that only part it are dropped."""
    blocks: list[Node] = []
    for block in song_blocks(re.sub(r"\r\n?", "\n", source).removesuffix("\n").split("\n")):
        if block.type != "lyric":
            while blocks and _is_blank(blocks[-1]):
                blocks.pop()
        if not (_is_blank(block) and (not blocks or blocks[-1].type != "lyric")):
            blocks.append(block)
    while blocks and _is_blank(blocks[-1]):
        blocks.pop()
    return Node("doc", content=blocks or [make("paragraph")])


def _is_blank(block: Node) -> bool:
    return block.type == "lyric" and not block.content


def song_blocks(lines: Sequence[str]) -> list[Node]:
    blocks: list[Node] = []
    verbatim: list[str] | None = None
    for line in lines:
        found = _DIRECTIVE.fullmatch(line.strip())
        name, said = (found[1].lower(), found[2] or "") if found else ("", "")
        if verbatim is not None:
            if name in ("eot", "eog") or name.startswith("end_of_"):
                blocks.append(make("codeBlock", [make_text("\n".join(verbatim))] if any(verbatim) else []))
                verbatim = None
            else:
                verbatim.append(line)
        elif found is None:
            if not line.startswith("#"):
                blocks.append(make("lyric", _read(line.rstrip())))
        elif _begun(name) in ("tab", "grid"):
            verbatim = []
        else:
            blocks.extend(_directed(name, said))
    return blocks


def _begun(name: str) -> str:
    return _SHORT.get(name) or (name.removeprefix("start_of_") if name.startswith("start_of_") else "")


def _directed(name: str, said: str) -> Iterator[Node]:
    part = _begun(name)
    if part:
        label = _LABEL.fullmatch(said)
        yield make("section", _read(label[1] if label else said) or [make_text(part.replace("_", " ").capitalize())])
    elif name in _COMMENTS:
        yield make("section", _read(said))
    elif name == "chorus":
        yield make("section", _read(said) or [make_text("Chorus")])
    elif name in _TITLES and said:
        yield make("heading", _read(said), level=1)
    elif name in _FACTS and said:
        fact = "Subtitle" if name == "st" else name.capitalize()
        yield make("paragraph", joined([make_text(f"{fact}: "), *_read(said)]))
    elif name in ("new_page", "np"):
        yield make("pageBreak")


def _read(line: str) -> list[Node]:
    nodes: list[Node] = []
    on: set[str] = set()
    at = 0
    while at < len(line):
        chord = CHORD.match(line, at)
        if chord:
            nodes.append(make("chord", name=chord[1]))
            at = chord.end()
            continue
        found = _TOKENS.match(line, at)
        token = found[0] if found else line[at]
        at += len(token)
        tag = _MARKS.get(token.strip("</>")) if len(token) > 2 else None
        if tag and not token.startswith("</") and f"</{_TAGS[tag]}>" in line[at:]:
            on.add(tag)
        elif tag and tag in on:
            on.remove(tag)
        else:
            text = token[1] if len(token) == 2 and token[0] == "\\" else token
            nodes.append(make_text(text, map(make_mark, on)))
    return joined(nodes)
