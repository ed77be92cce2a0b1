"""Two moments compared: which blocks belong together, which words came and went, and what it may cost."""

from __future__ import annotations

import random
from time import process_time

from rooms.render.difference import Comparison, Entry
from rooms.render.passages import Block, Run


def paragraphs(*texts: str) -> list[Block]:
    return [Block("paragraph", runs=(Run(text),) if text else ()) for text in texts]


def compare(before: list[Block], after: list[Block]) -> list[tuple[str, list[str], list[str]]]:
    return [
        (e.change, [marked(b) for b in e.before], [marked(b) for b in e.after]) for e in Comparison().entries(before, after)
    ]


def marked(block: Block) -> str:
    signs = {"": "{}", "added": "+{}+", "removed": "-{}-"}
    return "".join(signs[run.change].format(run.text) for run in block.runs)


def lines(entry: Entry) -> list[str]:
    return [marked(block) for block in entry.both]


def test_what_is_the_same_is_there_once() -> None:
    assert compare(paragraphs("One.", "Two."), paragraphs("One.", "Two.")) == [("same", [], ["One."]), ("same", [], ["Two."])]


def test_words_that_changed_are_marked() -> None:
    before, after = paragraphs("It rained all day."), paragraphs("It snowed all the day.")
    assert compare(before, after) == [("changed", ["It -rained -all day."], ["It +snowed +all +the +day."])]
    [entry] = Comparison().entries(before, after)
    assert lines(entry) == ["It -rained -+snowed +all +the +day."]


def test_a_paragraph_that_was_split_keeps_its_words() -> None:
    before, after = paragraphs("She waited. Then a knock."), paragraphs("She waited.", "Then a knock.")
    assert compare(before, after) == [("changed", ["She waited. Then a knock."], ["She waited.", "Then a knock."])]
    [joined] = Comparison().entries(after, before)
    assert lines(joined) == ["She waited.- ¶ -Then a knock."] or lines(joined) == ["She waited. - ¶ -Then a knock."]


def test_what_has_nothing_in_common_went_and_came() -> None:
    before, after = paragraphs("A first thought."), paragraphs("Quite another one, of the sea.")
    assert compare(before, after) == [
        ("removed", ["-A first thought.-"], []),
        ("added", [], ["+Quite another one, of the sea.+"]),
    ]


def test_blocks_are_found_again_between_new_ones() -> None:
    before = paragraphs("The lamp was lit at dusk.", "Nobody came up the stairs.")
    after = paragraphs("A storm.", "The lamp was lit at noon.", "", "Nobody came up the stairs.")
    changes = [change for change, _, _ in compare(before, after)]
    assert changes == ["added", "changed", "added", "same"]


def test_a_change_of_kind_is_a_change() -> None:
    before, after = paragraphs("Rain"), [Block("heading", 2, runs=(Run("Rain"),))]
    [entry] = Comparison().entries(before, after)
    assert (entry.change, entry.before[0].kind, entry.after[0].kind) == ("changed", "paragraph", "heading")


def test_a_mark_is_a_change_and_an_author_is_none() -> None:
    bold = [Block("paragraph", runs=(Run("A "), Run("loud", marks=("bold",)), Run(" word")))]
    assert [e.change for e in Comparison().entries(paragraphs("A loud word"), bold)] == ["changed"]
    ann = [Block("paragraph", runs=(Run("A loud ", "ann"), Run("word", "bo")))]
    assert [e.change for e in Comparison().entries(paragraphs("A loud word"), ann)] == ["same"]
    other = [Block("paragraph", runs=(Run("A loud", "ann"), Run(" ", "bo"), Run("word", "bo"), Run(" more", "cy")))]
    assert compare(paragraphs("A loud word"), other) == [("changed", ["A loud word"], ["A loud word +more+"])]


def test_every_sign_of_the_text_is_there() -> None:
    for text in ("日本語の文。 次の文", "a\x07b\tc  d", "e\u0301te\u0301 👩‍🚀", "don’t “stop”…"):
        [_, entry] = Comparison().entries(paragraphs("Same.", text + " x"), paragraphs("Same.", text + " y"))
        assert "".join(run.text for run in entry.before[0].runs) == text + " x"
        assert "".join(run.text for run in entry.after[0].runs) == text + " y"


def test_chinese_is_compared_by_its_characters() -> None:
    assert compare(paragraphs("今天下雨了很久"), paragraphs("今天下雪了很久")) == [
        ("changed", ["今天下-雨-了很久"], ["今天下+雪+了很久"])
    ]


def test_random_pages_can_be_put_together_again() -> None:
    dice = random.Random(7)
    words = ["the", "a", "lamp", "storm", "stair", "came", "went", "up", "down"]
    for _ in range(200):
        sides = [
            paragraphs(*(" ".join(dice.choices(words, k=dice.randrange(8))) for _ in range(dice.randrange(6))))
            for _ in range(2)
        ]
        entries = Comparison().entries(*sides)
        before = [block.text for e in entries for block in (e.after if e.change == "same" else e.before)]
        assert before == [block.text for block in sides[0]]
        assert [block.text for e in entries for block in e.after] == [block.text for block in sides[1]]
        for entry in entries:
            kept = ["".join(run.text for run in block.runs if run.change != "removed") for block in entry.both]
            assert " ".join(kept).split() == " ".join(block.text for block in entry.after if entry.both).split()


def test_what_would_cost_too_much_is_replaced_whole() -> None:
    """A page of nothing but the same few words is difflib's worst case: 40,000 words on either side."""
    before = paragraphs(*(["la la la " * 40] * 300))
    after = paragraphs(*(["la la oh " * 40] * 300))
    started = process_time()
    changes = {entry.change for entry in Comparison().entries(before, after)}
    assert changes == {"removed", "added"}
    assert process_time() - started < 20  # it would be hours
