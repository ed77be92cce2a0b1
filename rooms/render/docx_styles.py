"""The styles of a page in Word: what each node is called there, and how it looks. Shared by `to_docx` and `from_docx`.

A name that a template of Word has already is used as it is, so that headings, quotes and lists are what Word, Pages,
LibreOffice and Google Docs take them for. The measures of the screenplay are the trade's own: Courier of 12 points, in inches
from the margin.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

CODE: Final = "Code"
QUOTE: Final = "Quote"
DIVIDER: Final = "Divider"
CAPTION: Final = "Caption"
ITEM: Final = "List Paragraph"
CONTINUED: Final = ("List Continue", "List Continue 2", "List Continue 3")
"""What follows the first paragraph of a list item, by its depth."""

# Styles of pieces of text.
CODE_TEXT: Final = "Code Text"
NOTE: Final = "Note"
CHORD: Final = "Chord"

SERIF: Final = "Georgia"
MONO: Final = "Courier New"


class Look(NamedTuple):
    """Sizes in points, indents in inches."""

    font: str = MONO
    size: float = 12
    left: float = 0
    right: float = 0
    before: float = 0
    after: float = 12
    bold: bool = False
    italic: bool = False
    caps: bool = False
    align: str = ""
    keep: bool = False
    """With the next paragraph on one page."""


class Style(NamedTuple):
    name: str
    kind: str
    attrs: dict[str, Any]
    look: Look


STYLES: Final = (
    Style("Scene Heading", "sceneHeading", {}, Look(before=12, bold=True, caps=True, keep=True)),
    Style("Action", "action", {}, Look()),
    Style("Action Centered", "action", {"centered": True}, Look(align="center")),
    Style("Character", "character", {}, Look(left=2.2, after=0, caps=True, keep=True)),
    Style("Character Dual", "character", {"dual": True}, Look(left=3.2, after=0, caps=True, keep=True)),
    Style("Parenthetical", "parenthetical", {}, Look(left=1.6, right=2, after=0, keep=True)),
    Style("Dialogue", "dialogue", {}, Look(left=1, right=1.5)),
    Style("Transition", "transition", {}, Look(align="right", caps=True)),
    Style("Title Line", "titleLine", {}, Look(align="center")),
    Style("Synopsis", "synopsis", {}, Look(font=SERIF, size=11, italic=True)),
    Style("Song Part", "section", {}, Look(font=SERIF, size=11, before=12, after=2, bold=True, keep=True)),
    Style("Lyric", "lyric", {}, Look(font=SERIF, size=11.5, after=2)),
)

BY_NAME: Final = {style.name.casefold(): style for style in STYLES}


def style_of(kind: str, attrs: dict[str, Any]) -> Style | None:
    """The style of a node, None for one that is no line of a script or song."""
    found = [style for style in STYLES if style.kind == kind]
    return next((style for style in reversed(found) if all(attrs.get(k) == v for k, v in style.attrs.items())), None)
