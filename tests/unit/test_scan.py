"""The scan: what it says of sound updates, and what it refuses. `tests/fuzz/test_scan_against_yjs.py` holds it against yjs."""

from __future__ import annotations

import random
import tracemalloc
from contextlib import suppress
from dataclasses import replace

import pytest

from rooms.errors import UpdateRefusedError
from rooms.lib0 import MAX_CLOCK
from rooms.model import Limits
from rooms.scan import read_state, scan, write_state
from tests.fuzz.encode import (
    ANY,
    BINARY,
    DELETED,
    EMBED,
    FORMAT,
    TYPE,
    gc,
    item,
    skip,
    string,
    text,
    uint,
    update,
)
from tests.fuzz.refused import BREAKS_PROMISES, BREAKS_PYCRDT, BREAKS_YJS

LIMITS = Limits()
REFUSED = {**BREAKS_YJS, **BREAKS_PYCRDT, **BREAKS_PROMISES}
ME, OTHER = 3_512_345_678, 9

EVERY_VALUE = (
    b"\x7f\x7e\x79\x78"  # undefined, null, false, true
    b"\x7d\x00\x7d\x40\x7d\xbf\x01\x7d\xff\xff\xff\xff\xff\xff\xff\x0f"  # 0, -0, 127, -(2**53 - 1) and so on
    b"\x7c\x3f\x00\x00\x00\x7b\x3f\xb9\x99\x99\x99\x99\x99\x9a\x7a\xff\xff\xff\xff\xff\xff\xff\xff"  # float, double, bigint
    b"\x77\x02\xc3\xa9\x77\x00\x74\x03\xff\x00\xfe"  # strings, bytes
    b"\x76\x02\x01a\x75\x02\x7e\x76\x00\x00\x78"  # {"a": [null, {}], "": true}
    b"\x75\x00"
)
RICH = update(
    [
        (
            ME,
            300,
            [
                string("hello", left=(ME, 299), right=(OTHER, 70_000)),
                string("é😀", left=(OTHER, 2**31 - 1)),
                item(FORMAT, text("link") + text('{"href":"[[[","\\u00e9":["\\"{",{}]}'), right=(ME, 3)),
                item(EMBED, text("null"), parent="default"),
                item(TYPE, uint(3) + text("p"), parent=""),
                item(TYPE, uint(6), parent=(ME, 308)),
                item(ANY, uint(16) + EVERY_VALUE, parent=(OTHER, 0)),
                item(ANY, uint(1) + b"\x77\x01v", parent=(ME, 308), key="class"),
                skip(200),
                item(BINARY, text(b"\xff\x00"), left=(ME, 1)),
                item(DELETED, uint(500), left=(ME, 527), parent=""),
                gc(1),
            ],
        ),
        (OTHER, 0, [skip(4), gc(3), skip(1), skip(2), gc(129)]),
        (7, 5, []),
    ],
    [(ME, [(0, 1), (1, 2), (1000, 70_000)]), (OTHER, []), (2**53 - 1, [(MAX_CLOCK - 1, 1)])],
)


def test_an_update_of_everything_is_read() -> None:
    found = scan(RICH, LIMITS)
    assert found.runs == [(ME, 300, 329), (ME, 529, 1031), (OTHER, 4, 7), (OTHER, 10, 139)]
    assert found.deletes == [(ME, 0, 1), (ME, 1, 3), (ME, 1000, 71_000), (2**53 - 1, MAX_CLOCK - 1, MAX_CLOCK)]
    assert found.types == 2
    assert RICH[found.deletes_at] == 3


def test_the_empty_update_holds_nothing() -> None:
    found = scan(b"\x00\x00", LIMITS)
    assert (found.runs, found.deletes, found.deletes_at, found.types) == ([], [], 1, 0)


@pytest.mark.parametrize(
    ("written", "length"),
    [("a", 1), ("abc", 3), ("é", 1), ("東京", 2), ("😀", 2), ("x😀y", 4), ("\ufeff", 1), ("\ufffd\ufffd", 2)],
)
def test_clocks_count_utf_16_units(written: str, length: int) -> None:
    """`\\ufffd` is what yjs makes of the halves of a surrogate pair that it splits; a byte order mark counts like a letter."""
    assert scan(update([(ME, 10, [string(written)])]), LIMITS).runs == [(ME, 10, 10 + length)]


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    reason, data = REFUSED[name]
    with pytest.raises(UpdateRefusedError) as raised:
        scan(data, LIMITS)
    assert raised.value.reason == reason
    assert str(raised.value).startswith("The change ")


def test_every_beginning_of_an_update_is_refused() -> None:
    for end in range(len(RICH)):
        with pytest.raises(UpdateRefusedError):
            scan(RICH[:end], LIMITS)


def test_nothing_but_a_refusal_is_raised() -> None:
    rng = random.Random(7)
    accepted = 0
    for _ in range(20_000):
        data = bytearray(RICH if rng.random() < 0.5 else rng.randbytes(rng.randrange(40)))
        for _ in range(rng.randrange(4)):
            data.insert(rng.randrange(len(data) + 1), rng.choice((0, 1, 127, 128, 255, rng.randrange(256))))
        with suppress(UpdateRefusedError):
            scan(bytes(data), LIMITS)
            accepted += 1
    assert 1000 < accepted < 15_000


@pytest.mark.parametrize("body", [b"\x75\x01" * 64 + b"\x7e", b"\x76\x01\x01a" * 64 + b"\x7e"], ids=["arrays", "maps"])
def test_values_nest_as_deep_as_the_limit(body: bytes) -> None:
    data = update([(ME, 0, [item(ANY, uint(2) + body + body)])])
    assert scan(data, LIMITS).runs == [(ME, 0, 2)]
    with pytest.raises(UpdateRefusedError) as raised:
        scan(data, replace(LIMITS, value_depth=63))
    assert raised.value.reason == "depth"


@pytest.mark.parametrize("body", ["[" * 64 + "]" * 64, '{"a":' * 64 + "1" + "}" * 64, "[" + "[]," * 500 + '"[[\\"{{["]'])
def test_json_nests_as_deep_as_the_limit(body: str) -> None:
    assert scan(update([(ME, 0, [item(EMBED, text(body))])]), LIMITS).runs == [(ME, 0, 1)]
    with pytest.raises(UpdateRefusedError) as raised:
        scan(update([(ME, 0, [item(EMBED, text("[" * 63 + body + "]" * 63))])]), LIMITS)
    assert raised.value.reason == "depth"


def test_json_is_read_as_javascript_and_rust_read_it() -> None:
    for body in (
        "null",
        "-0",
        "1e3",
        " [ 1 , 2 ] ",
        '"\\ud83d\\ude00"',
        '"é😀"',
        '{"":1,"":2}',
        "9007199254740993",
        '"\u2028"',
        '"toString"',
    ):
        assert scan(update([(ME, 0, [item(EMBED, text(body))])]), LIMITS).runs == [(ME, 0, 1)]


def test_types_are_limited() -> None:
    data = update([(ME, 0, [item(TYPE, uint(0)) for _ in range(5)])])
    assert scan(data, replace(LIMITS, types_per_document=5)).types == 5
    with pytest.raises(UpdateRefusedError) as raised:
        scan(data, replace(LIMITS, types_per_document=4))
    assert raised.value.reason == "types"


@pytest.mark.parametrize(
    "data",
    [
        update([(ME, 0, [gc(1)] * 4), (OTHER, 0, [gc(1)])]),
        update([(ME, 0, [gc(1)])], [(ME, [(0, 1), (2, 1)]), (OTHER, [(0, 1), (2, 1)])]),
    ],
    ids=["structs", "deletes"],
)
def test_structs_and_deletes_are_limited_together(data: bytes) -> None:
    scan(data, replace(LIMITS, structs_per_update=5))
    with pytest.raises(UpdateRefusedError) as raised:
        scan(data, replace(LIMITS, structs_per_update=4))
    assert raised.value.reason == "structs"


def test_an_entry_of_several_values_must_be_deleted() -> None:
    """yjs joins the earlier values of a key, which are deleted: one undone and done again, for example."""
    structs = [item(ANY, uint(3) + b"\x7e\x7e\x7e", parent="map", key="k"), string("a", parent="map", key="l")]
    assert scan(update([(ME, 0, structs)], [(ME, [(0, 1), (1, 2)])]), LIMITS).runs == [(ME, 0, 4)]
    with pytest.raises(UpdateRefusedError) as raised:
        scan(update([(ME, 0, structs)], [(ME, [(0, 2), (3, 1)])]), LIMITS)
    assert raised.value.reason == "entry"


def test_what_an_update_announces_is_not_allocated() -> None:
    hostile = [data for reason, data in REFUSED.values() if reason in ("count", "varint")]
    tracemalloc.start()
    for data in hostile:
        with pytest.raises(UpdateRefusedError):
            scan(data, LIMITS)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20


def test_a_new_client_in_every_struct_is_not_remembered() -> None:
    data = update([(ME, 0, [string("a", left=(1000 + n, 0)) for n in range(20_000)])])
    tracemalloc.start()
    assert scan(data, LIMITS).runs == [(ME, 0, 20_000)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


@pytest.mark.parametrize("state", [{}, {5: 3}, {ME: 0, 1: 127, 2**53 - 1: MAX_CLOCK, 128: 128}])
def test_a_state_vector_survives(state: dict[int, int]) -> None:
    assert read_state(write_state(state)) == state


def test_a_state_vector_is_written_as_yjs_does() -> None:
    assert write_state({5: 3, 300: 128}) == b"\x02\xac\x02\x80\x01\x05\x03"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"\x01\x05\x80", "truncated"),
        (b"\x01\x85", "count"),
        (b"\x01\x85\x85", "truncated"),
        (b"\x01\x05\x03\x00", "leftover"),
        (b"\x02\x05\x03\x05\x04", "client"),
        (b"\x03\x05\x03\x06\x04", "count"),
        (b"\xff\xff\xff\xff\x0f\x05\x03", "count"),
        (b"\x01" + uint(2**53) + b"\x01", "varint"),
        (b"\x01\x05" + uint(2**31), "varint"),
        (b"\x01\x85\x00\x01", "varint"),
    ],
)
def test_what_is_no_state_vector_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(UpdateRefusedError) as raised:
        read_state(data)
    assert raised.value.reason == reason
