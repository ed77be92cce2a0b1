"""Unsigned varints of lib0: seven bits a byte, the lowest first, the high bit set on all but the last.

Bounded to 53 bits, since to Yjs every number is a JavaScript safe integer. One number has one spelling here: a varint padded
with zeros is refused, as no encoder makes one and pycrdt misreads long ones. Not here: lib0's signed varints (`rooms/scan.py`).
"""

from __future__ import annotations

from typing import Final, Literal

MAX_UINT: Final = 2**53 - 1


class VarintError(ValueError):
    """A varint that can't be read. `reason` says why: it ends too early, or it is too large or padded."""

    def __init__(self, reason: Literal["truncated", "varint"]) -> None:
        super().__init__(reason)
        self.reason = reason


_ONE_BYTE: Final = tuple(bytes((n,)) for n in range(128))


def write_uint(n: int) -> bytes:
    """Raises ValueError for a number below 0 or above MAX_UINT."""
    if 0 <= n < 128:
        return _ONE_BYTE[n]
    if not 0 <= n <= MAX_UINT:
        raise ValueError(f"{n} does not fit a varint")
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out)


def read_uint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at the offset `at`, and the offset after it. Raises VarintError."""
    try:
        byte = data[at]
        at += 1
        if byte < 128:
            return byte, at
        n = byte - 128
        shift = 7
        while True:
            byte = data[at]
            at += 1
            if byte < 128:
                n += byte << shift
                if not byte or n > MAX_UINT:
                    raise VarintError("varint")
                return n, at
            n += (byte - 128) << shift
            shift += 7
            if shift > 49:  # an eighth byte is the last that 53 bits can need
                raise VarintError("varint")
    except IndexError:
        raise VarintError("truncated") from None
