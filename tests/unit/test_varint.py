"""lib0's unsigned varints."""

from __future__ import annotations

import pytest

from rooms.varint import MAX_UINT, VarintError, read_uint, write_uint

SPELLINGS = {
    0: b"\x00",
    127: b"\x7f",
    128: b"\x80\x01",
    16383: b"\xff\x7f",
    16384: b"\x80\x80\x01",
    2**32 - 1: b"\xff\xff\xff\xff\x0f",
    MAX_UINT: b"\xff\xff\xff\xff\xff\xff\xff\x0f",
}


@pytest.mark.parametrize(("number", "spelling"), SPELLINGS.items())
def test_each_number_has_one_spelling(number: int, spelling: bytes) -> None:
    assert write_uint(number) == spelling
    assert read_uint(b"??" + spelling + b"!", 2) == (number, 2 + len(spelling))


@pytest.mark.parametrize("number", [-1, MAX_UINT + 1])
def test_what_does_not_fit_is_not_written(number: int) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        write_uint(number)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "truncated"),
        (b"\x80", "truncated"),
        (b"\xff\xff\xff", "truncated"),
        (b"\x80\x00", "varint"),
        (b"\xff\x80\x00", "varint"),
        (b"\xff\xff\xff\xff\xff\xff\xff\x10", "varint"),
        (b"\x80\x80\x80\x80\x80\x80\x80\x80\x01", "varint"),
        (b"\x80" * 1000, "varint"),
    ],
)
def test_what_is_no_varint_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(VarintError) as raised:
        read_uint(data, 0)
    assert raised.value.reason == reason
