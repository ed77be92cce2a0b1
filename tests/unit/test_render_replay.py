"""The replay of a log: what arrives late or twice, what yjs has thrown away, and text outside Unicode's first plane."""

from __future__ import annotations

import pycrdt
from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.render.items import characters, units
from rooms.render.passages import Reader
from rooms.render.replay import Replay


def log(client: int, *texts: str) -> list[bytes]:
    """A paragraph, written in so many transactions, each text before those that were there."""
    doc: Doc[XmlFragment] = Doc(client_id=client)
    rows: list[bytes] = []
    doc.observe(lambda event: rows.append(event.update))
    with doc.transaction():
        element = doc.get("default", type=XmlFragment).children.insert(0, XmlElement("paragraph"))
        text = element.children.insert(0, XmlText())
    for piece in texts:
        with doc.transaction():
            text.insert(0, piece)
    return rows


def page(rows: list[bytes], at: int | None = None) -> str:
    replay = Replay()
    for row, update in enumerate(rows, 1):
        replay.play(row, update)
    return "".join(block.text for block in Reader(replay, at or len(rows), {}).blocks())


def test_rows_in_another_order_make_the_same_page() -> None:
    rows = log(1, "c", "b", "a")
    assert page(rows) == "abc"
    assert page([rows[3], rows[1], rows[0], rows[2]]) == "abc"


def test_what_waits_for_something_that_never_came_is_left_out() -> None:
    rows = log(1, "c", "b", "a")
    assert page([rows[0], rows[1], rows[3]]) == "c"


def test_what_comes_again_changes_nothing() -> None:
    rows = log(1, "c", "b", "a")
    assert page([*rows, rows[1], pycrdt.merge_updates(*rows)]) == "abc"


def test_a_moment_shows_nothing_of_what_came_later() -> None:
    rows = log(1, "c", "b", "a")
    assert [page(rows, at) for at in (1, 2, 3, 4)] == ["", "c", "bc", "abc"]


def test_emoji_are_whole() -> None:
    assert page(log(1, "🎻 late", "naïve 👩‍🚀 ")) == "naïve 👩‍🚀 🎻 late"
    assert characters(units("a🎻b")) == "a🎻b"
    assert len(units("a🎻b")) == 4
    assert characters(units("🎻")[:1]) == "\N{REPLACEMENT CHARACTER}"


def written(doc: Doc[XmlFragment]) -> XmlText:
    """The text of its first paragraph."""
    paragraph = doc.get("default", type=XmlFragment).children[0]
    assert isinstance(paragraph, XmlElement)
    text = paragraph.children[0]
    assert isinstance(text, XmlText)
    return text


def test_two_who_write_at_the_same_place_are_put_in_order_as_yjs_does() -> None:
    base = log(1, "x")
    sides = []
    for client in (5, 3, 9):
        doc: Doc[XmlFragment] = Doc(client_id=client)
        for row in base:
            doc.apply_update(row)
        state = doc.get_state()
        text = written(doc)
        text.insert(0, f"<{client}>")
        text.insert(3, f"[{client}]")
        sides.append(pycrdt.merge_updates(doc.get_update(state)))
    whole: Doc[XmlFragment] = Doc()
    for row in (*base, *sides):
        whole.apply_update(row)
    found = str(written(whole))
    for rows in ([*base, *sides], [*base, *reversed(sides)]):
        assert page(rows) == found
