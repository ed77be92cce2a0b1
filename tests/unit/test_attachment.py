"""Names of files that leave the studio."""

from __future__ import annotations

import pytest

from server.attachment import attachment, file_name


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The lighthouse song", "The lighthouse song.md"),
        ('a/b\\c: d?*"<>|', "a b c d.md"),
        ("...", "page.md"),
        ("\u202egnp.exe\u200b", "gnp.exe.md"),
        ("漢字 & ça", "漢字 & ça.md"),
        ("x" * 400, "x" * 150 + ".md"),
        ("字" * 400, "字" * 50 + ".md"),
    ],
)
def test_every_title_makes_a_name(title: str, name: str) -> None:
    assert file_name(title, "md") == name


def test_the_header_has_the_name_twice() -> None:
    assert attachment("Ça va", "md") == "attachment; filename=\"Ca va.md\"; filename*=UTF-8''%C3%87a%20va.md"
    assert attachment("漢字", "md") == "attachment; filename=\"page.md\"; filename*=UTF-8''%E6%BC%A2%E5%AD%97.md"
