"""Text that came back or was moved keeps its author: each way on its own, with pycrdt as the writer."""

from __future__ import annotations

from collections.abc import Callable

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.model import Limits
from rooms.render.document import replace
from rooms.render.lineage import Lineage
from rooms.render.passages import Reader
from rooms.render.replay import Replay
from rooms.render.tree import make, make_text
from rooms.scan import scan

ANN, BO = 11, 22
OWNERS = {ANN: "ann", BO: "bo"}

Edit = Callable[[XmlFragment], None]


class Page:
    """A page of two people, and its log. Each `by` is one transaction of one of them, and a row."""

    def __init__(self) -> None:
        self.rows: list[bytes] = []
        self.restored: dict[int, int] = {}

    def by(self, client: int, edit: Edit, seen: int | None = None) -> None:
        """`seen`: so many rows had reached them."""
        doc: Doc[XmlFragment] = Doc(client_id=client)
        for row in self.rows[:seen]:
            doc.apply_update(row)
        fragment = doc.get("default", type=XmlFragment)
        subscription = doc.observe(lambda event: self.rows.append(event.update))
        with doc.transaction():
            edit(fragment)
        doc.unobserve(subscription)

    def authors(self, at: int | None = None) -> list[list[tuple[str, str | None]]]:
        replay = Replay()
        lineage = Lineage(replay, self.restored)
        for row, update in enumerate(self.rows, 1):
            replay.play(row, update)
            lineage.follow()
        blocks = Reader(replay, at or len(self.rows), OWNERS).blocks()
        return [[(run.text, run.member) for run in block.runs] for block in blocks]


def paragraph(fragment: XmlFragment, at: int, *texts: str) -> None:
    element = fragment.children.insert(at, XmlElement("paragraph"))
    text = element.children.insert(0, XmlText())
    for piece in texts:
        text.insert(len(str(text).encode()), piece)


def text(fragment: XmlFragment, at: int) -> XmlText:
    element = fragment.children[at]
    assert isinstance(element, XmlElement)
    found = element.children[0]
    assert isinstance(found, XmlText)
    return found


def written() -> Page:
    page = Page()
    page.by(ANN, lambda fragment: paragraph(fragment, 0, "She waited. Then a knock."))
    return page


def test_who_splits_a_paragraph_is_not_the_author_of_its_tail() -> None:
    page = written()

    def split(fragment: XmlFragment) -> None:
        del text(fragment, 0)[11:25]
        paragraph(fragment, 1, " Then a knock.")

    page.by(BO, split)
    assert page.authors() == [[("She waited.", "ann")], [(" Then a knock.", "ann")]]
    assert page.authors(at=1) == [[("She waited. Then a knock.", "ann")]]


def test_a_tail_of_one_letter_counts_where_the_paragraph_is_new() -> None:
    page = Page()
    page.by(ANN, lambda fragment: paragraph(fragment, 0, "ab"))

    def split(fragment: XmlFragment) -> None:
        del text(fragment, 0)[1:2]
        paragraph(fragment, 1, "bc")

    page.by(BO, split)
    assert page.authors() == [[("a", "ann")], [("b", "ann"), ("c", "bo")]]


def test_who_joins_paragraphs_is_the_author_of_neither() -> None:
    page = written()
    page.by(BO, lambda fragment: paragraph(fragment, 1, "A."))

    def join(fragment: XmlFragment) -> None:
        del fragment.children[1]
        text(fragment, 0).insert(25, " A.")

    page.by(ANN, join)
    assert page.authors() == [[("She waited. Then a knock. ", "ann"), ("A.", "bo")]]


def test_what_somebody_typed_meanwhile_does_not_hide_what_was_joined() -> None:
    """Nor the other way round: who joined had not seen it, so it is no part of what they moved."""
    page = written()
    page.by(ANN, lambda fragment: paragraph(fragment, 1, "Wait"))
    page.by(ANN, lambda fragment: text(fragment, 1).insert(2, " for me, said somebody behind the "))

    def join(fragment: XmlFragment) -> None:
        del fragment.children[1]
        text(fragment, 0).insert(25, "Wait")

    page.by(BO, join, seen=2)
    assert page.authors() == [[("She waited. Then a knock.Wait", "ann")]]


def test_two_letters_before_a_copy_are_moved_where_the_rest_of_their_paragraph_is() -> None:
    """Who splits a paragraph that is followed by a copy of its tail: the editor keeps the copy, and writes another after it."""
    page = Page()
    page.by(ANN, lambda fragment: paragraph(fragment, 0, "Wait! Go away."))
    page.by(ANN, lambda fragment: paragraph(fragment, 1, "Go away."))

    def split(fragment: XmlFragment) -> None:
        del text(fragment, 0)[4:14]
        text(fragment, 1).insert(0, "! ")
        paragraph(fragment, 2, "Go away.")

    page.by(BO, split)
    assert page.authors() == [[("Wait", "ann")], [("! Go away.", "ann")], [("Go away.", "ann")]]


def test_a_word_typed_over_another_is_whose_it_is() -> None:
    page = written()

    def over(fragment: XmlFragment) -> None:
        del text(fragment, 0)[4:10]
        text(fragment, 0).insert(4, "listened")

    page.by(BO, over)
    assert page.authors() == [[("She ", "ann"), ("listened", "bo"), (". Then a knock.", "ann")]]


def test_a_passage_that_was_rewritten_whole_keeps_what_it_kept() -> None:
    page = written()

    def rewrite(fragment: XmlFragment) -> None:
        del text(fragment, 0)[0:25]
        text(fragment, 0).insert(0, "He waited. Then came a knock.")

    page.by(BO, rewrite)
    [runs] = page.authors()
    assert "".join(words for words, who in runs if who == "bo").replace(" ", "") in ("Hecame", "Hcame")


def test_what_was_cut_and_pasted_later_keeps_its_author() -> None:
    page = written()
    page.by(BO, lambda fragment: text(fragment, 0).__delitem__(slice(11, 25)))
    page.by(BO, lambda fragment: paragraph(fragment, 0, "Bo: Then a knock. So?"))
    assert page.authors()[0] == [("Bo:", "bo"), (" Then a knock.", "ann"), (" So?", "bo")]


def test_a_short_word_that_somebody_types_again_is_theirs() -> None:
    page = written()
    page.by(BO, lambda fragment: text(fragment, 0).__delitem__(slice(19, 25)))
    page.by(BO, lambda fragment: paragraph(fragment, 1, "knock"))
    assert page.authors()[1] == [("knock", "bo")]


def test_a_page_brought_back_has_its_authors_to_the_letter() -> None:
    page = Page()

    def two(fragment: XmlFragment) -> None:
        paragraph(fragment, 0, "Yes.")
        paragraph(fragment, 1, "No.")

    page.by(ANN, two)
    page.by(BO, lambda fragment: text(fragment, 1).insert(2, "t now"))
    page.by(ANN, lambda fragment: fragment.children.__delitem__(slice(0, 2)))
    page.by(ANN, lambda fragment: paragraph(fragment, 0, "Gone."))
    old = make("doc", [make("paragraph", [make_text("Yes.")]), make("paragraph", [make_text("Not now.")])])
    update = replace(page.rows, old)
    page.rows.append(update)
    client = scan(update, Limits()).runs[0][0]
    page.restored[client] = 2
    assert page.authors() == [[("Yes.", "ann")], [("No", "ann"), ("t now", "bo"), (".", "ann")]]


def test_what_nobody_is_known_to_have_written_has_no_author() -> None:
    page = Page()
    page.by(33, lambda fragment: paragraph(fragment, 0, "Found on the doorstep."))
    assert page.authors() == [[("Found on the doorstep.", None)]]
