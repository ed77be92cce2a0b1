"""Documents read and replaced: what is odd in them, and what a replacement leaves alone.

Against yjs: tests/fuzz/test_render_yjs.py.
"""

from __future__ import annotations

import random
from typing import Any

import pycrdt
import pytest
from pycrdt import Doc, Map, XmlElement, XmlFragment, XmlText

from rooms.model import Limits
from rooms.render.document import read, replace
from rooms.render.from_text import from_text
from rooms.render.tree import DEPTH, Mark, Node, joined, make, make_mark, make_text, words
from rooms.render.updates import NOTHING, merged
from rooms.scan import scan
from tests.fuzz.encode import ANY, TYPE, item, string, text, uint, update
from tests.unit.render_documents import chain, page

LIMITS = Limits()
WRITER = 1

ELEMENT, FRAGMENT, XML_TEXT = (uint(3), uint(4), uint(6))


def p(words: str) -> Node:
    return make("paragraph", [make_text(words)] if words else [])


def opened(*updates: bytes) -> tuple[Doc[Any], XmlFragment]:
    doc: Doc[Any] = Doc(client_id=WRITER)
    for one in updates:
        doc.apply_update(one)
    return doc, doc.get("default", type=XmlFragment)


def deleted_clocks(change: bytes) -> int:
    return sum(end - start for _, start, end in scan(change, LIMITS).deletes)


# Reading


def test_a_document_with_nothing_in_it() -> None:
    assert read(b"\x00\x00") == Node("doc")


def test_marks_and_attributes_are_filled_in() -> None:
    doc, fragment = opened()
    heading = fragment.children.append(XmlElement("heading", {}, [XmlText("")]))
    numbers: dict[str, Any] = {"start": 3.0, "extra": {"a": [1.0, 0.5, None]}}  # more than pycrdt's annotations allow
    fragment.children.append(XmlElement("orderedList", numbers))
    words = heading.children[0]
    assert isinstance(words, XmlText)
    words.insert(
        0, "a", {"link": {"href": "http://e.org"}, "bold": True, "ychange": {"user": 1}, "comment--abCD12+/": {"id": 1.0}}
    )
    link = make_mark("link", href="http://e.org")
    assert read(doc.get_update()).content == [
        make("heading", [Node("text", marks=[make_mark("bold"), link, Mark("comment", {"id": 1})], text="a")], level=1),
        Node("orderedList", {"start": 3, "type": None, "extra": {"a": [1, 0.5, None]}}),
    ]


def test_a_known_mark_is_there_once_however_it_is_named() -> None:
    doc, fragment = opened()
    words = fragment.children.append(XmlText(""))
    words.insert(0, "a", {"bold": {}, "bold--abCD12+/": {}})
    assert read(doc.get_update()).content == [Node("text", marks=[make_mark("bold")], text="a")]


def test_marks_that_are_there_several_times_are_named_as_the_page_names_them() -> None:
    """The names are what y-prosemirror's `hashOfJSON` makes of these marks."""
    marks = [make_mark("comment", id="c1"), make_mark("comment", id="c2"), make_mark("insertion", id="s1")]
    tree = Node("doc", content=[make("paragraph", [Node("text", marks=marks, text="a")])])
    update = replace([NOTHING], tree)
    assert b"comment--1tiVU/zO" in update
    assert b"insertion--IocxSkpC" in update
    assert read(update) == tree


def test_what_is_embedded_in_text_is_there() -> None:
    doc, fragment = opened()
    words = fragment.children.append(XmlText("ab"))
    words.insert_embed(1, {"image": "x"})
    words.insert_embed(2, Map({"a": 1}))
    words.insert_embed(3, XmlElement("mention", {}, [XmlText("Ada")]))
    assert read(doc.get_update()).content == [
        make_text("a"),
        Node("unknown", {"value": {"image": "x"}}),
        Node("unknown", {"value": None}),
        Node("mention", content=[make_text("Ada")]),
        make_text("b"),
    ]


def test_children_that_are_no_nodes_do_not_hide_the_others() -> None:
    """pycrdt's iterator ends at the first of them, and its index panics."""
    default: dict[str, Any] = {"parent": "default"}
    numbers = uint(2) + b"\x7d\x05" + b"\x77" + text("x")
    structs = [
        item(TYPE, ELEMENT + text("paragraph"), **default),  # 0
        item(TYPE, XML_TEXT, parent=(1, 0)),  # 1
        string("one", parent=(1, 1)),  # 2 to 4
        item(ANY, numbers, left=(1, 0)),  # 5 and 6
        item(TYPE, uint(1), left=(1, 6)),  # 7: a map
        item(TYPE, FRAGMENT, left=(1, 7)),  # 8
        item(TYPE, XML_TEXT, parent=(1, 8)),  # 9
        string("two", parent=(1, 9)),  # 10 to 12
        item(TYPE, ELEMENT + text("horizontalRule"), left=(1, 8)),  # 13
    ]
    document = update([(1, 0, structs)])
    scan(document, LIMITS)
    unknown = Node("unknown")
    assert read(document).content == [p("one"), unknown, unknown, unknown, make_text("two"), make("horizontalRule")]
    change = replace([document], from_text("new"))
    assert read(merged([document, change])).content == [p("new")]


def test_shared_types_as_attributes_are_left_out() -> None:
    structs = [
        item(TYPE, ELEMENT + text("picture"), parent="default"),
        item(TYPE, uint(1), parent=(1, 0), key="map"),
        item(ANY, uint(1) + b"\x74" + text("ab"), parent=(1, 0), key="bytes"),
        item(ANY, uint(1) + b"\x77" + text("cd"), parent=(1, 0), key="text"),
    ]
    assert read(update([(1, 0, structs)])).content == [Node("picture", {"map": None, "bytes": None, "text": "cd"})]


def test_what_lies_too_deep_is_there_as_text() -> None:
    doc, fragment = opened(chain(DEPTH * 3, deleted=False))
    parent: Any = fragment
    for _ in range(DEPTH * 3):
        parent = parent.children[0]
    parent.children.append(XmlText("deep"))
    node, depth = read(doc.get_update()), 0
    while node.type != "text":
        (node,) = node.content
        depth += 1
    assert (node.text, depth) == ("deep", DEPTH + 1)


# Replacing


@pytest.mark.parametrize(
    ("before", "after", "made", "gone"),
    [
        ("a\n\nb\n\nc", "a\n\nB\n\nc", 1, 1),
        ("a\n\nc", "a\n\nb\n\nc", 1, 0),
        ("a\n\nb\n\nc", "a\n\nc", 0, 1),
        ("a\n\nb", "a\n\nb\n\nc", 1, 0),
        ("b\n\nc", "a\n\nb\n\nc", 1, 0),
        ("a\n\na\n\na", "a\n\na", 0, 1),
        ("a", "b", 1, 1),
        ("a", "a", 0, 0),
    ],
)
def test_equal_blocks_at_both_ends_stay(before: str, after: str, made: int, gone: int) -> None:
    old = replace([], from_text(before))
    change = replace([old], from_text(after))
    block = 3  # clocks: an element, its text, a letter
    assert read(merged([old, change])) == from_text(after)
    assert sum(end - start for _, start, end in scan(change, LIMITS).runs) == made * block
    assert deleted_clocks(change) == gone * block


def test_what_is_written_at_the_same_time_in_a_block_that_stays_is_kept() -> None:
    old = replace([], from_text("one\n\ntwo\n\nthree"))
    change = replace([old], from_text("one\n\n2\n\nthree"))
    doc, fragment = opened(old)
    before = doc.get_state()
    last: Any = fragment.children[2]
    last.children[0].insert(0, "and ")
    assert read(merged([old, change, doc.get_update(before)])) == from_text("one\n\n2\n\nand three")


def test_words_that_stay_keep_what_is_typed_among_them() -> None:
    old = replace([], from_text("The lamp was lit at dusk.\n\nNobody came.\n\nThen a knock at the door."))
    change = replace([old], from_text("The lamp went out at dusk.\n\nA storm.\n\nThen a knock at the old door."))
    doc, fragment = opened(old)
    before = doc.get_state()
    last: Any = fragment.children[2]
    last.children[0].insert(12, "loud ")
    both = read(merged([old, change, doc.get_update(before)]))
    assert [words(block) for block in both.content] == [
        "The lamp went out at dusk.",
        "A storm.",
        "Then a knockloud  at the old door.",
    ]
    assert deleted_clocks(change) < len("was lit" + "Nobody came.") + 4


def test_random_pages_become_each_other() -> None:
    dice = random.Random(3)
    marks = [make_mark("bold"), make_mark("link", href="https://example.org/"), make_mark("comment", id="q1")]

    def some_page() -> Node:
        blocks = []
        for _ in range(dice.randrange(6)):
            kind = dice.choice(["paragraph", "paragraph", "heading", "horizontalRule", "quote", "broken"])
            line = [
                make_text(
                    " ".join(dice.choices(["é漢", "🎸", "and", "so,", "on"], k=dice.randrange(1, 5))) + " ",
                    [*dice.sample(marks, dice.randrange(2))],
                )
                for _ in range(dice.randrange(4))
            ]
            if kind == "quote":
                blocks.append(make("blockquote", [make("paragraph", joined(line))]))
            elif kind == "broken":
                blocks.append(make("paragraph", [*joined(line), make("hardBreak"), make_text("end")]))
            else:
                blocks.append(make(kind, [] if kind == "horizontalRule" else joined(line)))
        return Node("doc", content=blocks)

    for _ in range(300):
        log: list[bytes] = []
        for _ in range(3):
            tree = some_page()
            log.append(replace(log, tree))
            scan(log[-1], LIMITS)
            assert read(merged(log)) == tree


def test_only_the_new_change_is_in_the_update() -> None:
    doc, fragment = opened(page("one", "two", "three", client=WRITER))
    del fragment.children[1]
    change = replace([doc.get_update()], from_text("one\n\nthree\n\nfour"))
    assert deleted_clocks(change) == 0
    assert {client for client, _, _ in scan(change, LIMITS).runs}.isdisjoint({WRITER})


def test_every_replacement_is_by_a_client_of_its_own() -> None:
    clients = set()
    for _ in range(20):
        ((client, start, _),) = scan(replace([], from_text("a")), LIMITS).runs
        assert (start, client < 2**32) == (0, True)
        clients.add(client)
    assert len(clients) == 20


def test_a_replacement_is_one_transaction() -> None:
    """Whoever applies it sees the old page or the new one."""
    old = replace([], from_text("one\n\ntwo"))
    doc, _ = opened(old)
    seen: list[pycrdt.TransactionEvent] = []
    subscription = doc.observe(seen.append)
    doc.apply_update(replace([old], from_text("three\n\nfour")))
    subscription.drop()
    assert len(seen) == 1


def test_text_is_placed_right_whatever_its_letters() -> None:
    """pycrdt counts in bytes."""
    bold = make_mark("bold")
    line = [
        make_text("é漢🎸"),
        make_text("b🎸", [bold]),
        make("hardBreak"),
        make_text("ß"),
        make_text("e\u0301", [bold]),
        make_text("x"),
    ]
    tree = Node("doc", content=[make("paragraph", line)])
    assert read(replace([], tree)) == tree


def test_null_attributes_are_not_stored() -> None:
    doc, fragment = opened(
        replace([], Node("doc", content=[make("codeBlock"), make("orderedList", [make("listItem", [p("a")])])]))
    )
    with doc.transaction():
        first, second = fragment.children
        assert isinstance(first, XmlElement)
        assert isinstance(second, XmlElement)
        assert (len(first.attributes), len(second.attributes)) == (0, 1)
