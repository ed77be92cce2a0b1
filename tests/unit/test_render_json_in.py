"""Documents in JSON that are brought in: filled in, put in order, and held against the schema."""

from __future__ import annotations

import json

import msgspec
import pytest

from rooms.errors import BadRequestError
from rooms.render.from_json import from_json
from rooms.render.to_html import to_html
from rooms.render.tree import DEPTH, Node, make, make_mark, make_text
from tests.unit.trees import BOLD, BREAK, ITALIC, doc, h, items, p, text


def test_json_is_filled_in_and_put_in_order() -> None:
    source = {
        "type": "doc",
        "content": [
            {"type": "heading", "content": [{"type": "text", "text": "a", "marks": [{"type": "italic"}, {"type": "bold"}]}]},
            {"type": "paragraph", "content": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
            {"type": "paragraph", "content": [{"type": "hardBreak", "marks": [{"type": "bold"}]}]},
        ],
    }
    assert from_json(json.dumps(source).encode()) == doc(h(1, text("a", BOLD, ITALIC)), p("bc"), p(BREAK))


WRONG = {
    "{": "This is not a document in JSON",
    "[]": "This is not a document in JSON: Expected `object`, got `array`",
    '{"type": "doc", "colour": 1}': "unknown field `colour`",
    '{"type": "doc"}': "At $: the content of a doc must be: block+",
    '{"type": "doc", "content": [{"type": "video"}]}': "At $.content[0]: there is no node of type video",
    '{"type": "doc", "content": [{"type": "text", "text": "a"}]}': "At $: the content of a doc must be: block+",
    '{"type": "doc", "content": [{"type": "paragraph", "text": "a"}]}': "a paragraph has content, not text",
    '{"type": "doc", "content": [{"type": "paragraph", "marks": [{"type": "bold"}]}]}': "a paragraph has no marks",
    '{"type": "doc", "content": [{"type": "paragraph", "attrs": {"x": 1}}]}': "there is no attribute x",
    '{"type": "doc", "content": [{"type": "bulletList"}]}': "the content of a bulletList must be: listItem+",
    '{"type": "doc", "content": [{"type": "horizontalRule", "content": [{"type": "paragraph"}]}]}': "must be: nothing",
    '{"type": "doc", "content": [{"type": "heading", "attrs": {"level": 4}}]}': "level: must be one of 1, 2, 3",
    '{"type": "doc", "content": [{"type": "heading", "attrs": {"level": true}}]}': "level: must be one of 1, 2, 3",
    '{"type": "doc", "content": [{"type": "codeBlock", "attrs": {"language": 1}}]}': "language: must be text or null",
    '{"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": ""}]}]}': "text can't be empty",
    '{"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "\\ud800"}]}]}': "not a document",
}
IN_LINE = {
    '{"type": "text", "text": "a", "attrs": {"b": 1}}': "text has neither content nor attributes",
    '{"type": "text", "text": "a", "marks": [{"type": "blink"}]}': "there is no mark of type blink",
    '{"type": "text", "text": "a", "marks": [{"type": "bold"}, {"type": "bold"}]}': "bold can't be there beside the others",
    '{"type": "text", "text": "a", "marks": [{"type": "bold"}, {"type": "code"}]}': "bold can't be there beside the others",
    '{"type": "text", "text": "a", "marks": [{"type": "bold", "attrs": {"b": 1}}]}': "bold: there is no attribute b",
    '{"type": "text", "text": "a", "marks": [{"type": "link"}]}': "link, href: must be an address",
    '{"type": "hardBreak", "marks": [{"type": "blink"}]}': "there is no mark of type blink",
    '{"type": "paragraph"}': "the content of a paragraph must be: inline*",
}


@pytest.mark.parametrize("source", WRONG)
def test_json_that_breaks_the_schema_is_refused(source: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        from_json(source.encode())
    assert WRONG[source] in str(caught.value)


@pytest.mark.parametrize("node", IN_LINE)
def test_json_that_breaks_the_schema_in_a_line_is_refused(node: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        from_json(f'{{"type": "doc", "content": [{{"type": "paragraph", "content": [{node}]}}]}}'.encode())
    assert "At $.content[0]" in str(caught.value)
    assert IN_LINE[node] in str(caught.value)


@pytest.mark.parametrize(
    ("list_attrs", "right"),
    [({"start": 0}, True), ({"start": -5}, True), ({"start": 1.5}, False), ({"start": 2**53}, False), ({"type": "a"}, True)],
)
def test_the_attributes_of_a_list(list_attrs: dict[str, object], right: bool) -> None:
    source = msgspec.json.encode(doc(Node("orderedList", list_attrs, items("a"))))
    if right:
        assert from_json(source).content[0].attrs.items() >= list_attrs.items()
    else:
        with pytest.raises(BadRequestError, match="start: must be a whole number"):
            from_json(source)


@pytest.mark.parametrize(
    ("node", "right"),
    [
        (make("image", id="a", alt="A boat", width=640, height=480), True),
        (make("image", width="640"), False),
        (make("image", alt=None), False),
        (make("action", centered=True), True),
        (make("action", centered=1), False),
        (make("sceneHeading", number="12A"), True),
        (make("sceneHeading", number=12), False),
        (make("lyric", [make("chord", name="Am"), make_text("word")]), True),
        (make("paragraph", [make_text("a", [make_mark("comment", id="1"), make_mark("comment", id="2")])]), True),
        (make("paragraph", [make_text("a", [make_mark("comment", id="1"), make_mark("comment", id="1")])]), False),
        (make("paragraph", [make_text("a", [make_mark("comment", id="1"), make_mark("code")])]), True),
        (make("codeBlock", [make_text("a", [make_mark("comment", id="1")])]), True),
    ],
)
def test_blocks_of_writers(node: Node, right: bool) -> None:
    source = msgspec.json.encode(doc(node))
    if right:
        assert from_json(source) == doc(node)
    else:
        with pytest.raises(BadRequestError):
            from_json(source)


def test_marks_in_code_are_refused() -> None:
    with pytest.raises(BadRequestError, match="text in a codeBlock has no bold"):
        from_json(msgspec.json.encode(doc(make("codeBlock", [text("a", BOLD)]))))


@pytest.mark.parametrize("depth", [DEPTH, 5000, 200_000])
def test_json_that_is_nested_too_deep_is_refused(depth: int) -> None:
    open_, close = b'{"type":"blockquote","content":[', b"]}"
    inner = open_ * depth + b'{"type":"paragraph"}' + close * depth
    with pytest.raises(BadRequestError, match="nested"):
        from_json(b'{"type":"doc","content":[' + inner + b"]}")
    edge = open_ * (DEPTH - 1) + b'{"type":"paragraph"}' + close * (DEPTH - 1)
    assert to_html(from_json(b'{"type":"doc","content":[' + edge + b"]}")).count(b"<blockquote>") == DEPTH - 1
