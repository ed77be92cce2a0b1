"""Pieces of text that are made to be hard to write down."""

from __future__ import annotations

import random

PIECES = [
    *"aZ09 äß漢🎸é",
    *"  \t\n\r\u00a0\u2003\u3000",
    *"\\`*_~[]()<>{}&#+-=|!:;.,'\"^$%@/?",
    *"—«»“”…€\u0301\u200b\u2028\ufeff\ufffe\x00\x07\x85",
    *("word", "two words", "un", "ly", " ", "  ", "Chorus", "x" * 40),
    *("1. ", "12) ", "- ", "+ ", "* ", "# ", "### ", "> ", ">", "---", "***", "===", "- - -", "|---|", ":-:|", "a|b", "-|-"),
    *("```", "~~~", "``", "**", "__", "~~", "<u>", "</u>", "<br>", "<b>", "<!-- c -->", "<http://a.b>", "http://a.b/c?d&e"),
    *("&amp;", "&copy", "&#35;", "&nbsp;", "![", "](", "[a](b)", "[a]: b", "[^1]", "[ ] ", "\\*", "\\\\", "a_b_c", "    code"),
]


def random_text(r: random.Random) -> str:
    return "".join(r.choice(PIECES) for _ in range(r.choice((1, 1, 1, 2, 3, 8))))
