"""What marks are called in Yjs, where several of a kind may lie on one passage: by a hash of what they say.

The hash is y-prosemirror's (`hashOfJSON` in its `utils.js`): of a mark with another name its binding would make a second one.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from rooms.varint import write_uint

HASH_BYTES = 6


def hashed_name(kind: str, attrs: Mapping[str, Any]) -> str:
    """The type, and a hash of type and attributes, as in `comment--mFMoHbnU`."""
    digest = sha256(_any({"type": kind, "attrs": attrs} if attrs else {"type": kind})).digest()
    folded = bytearray(digest[:HASH_BYTES])
    for at, byte in enumerate(digest[HASH_BYTES:], HASH_BYTES):
        folded[at % HASH_BYTES] ^= byte
    return f"{kind}--{b64encode(folded).decode()}"


def _any(value: Mapping[str, Any] | str | None) -> bytes:
    """A value as lib0's `encodeAny` writes it, for what marks hold: text, null, and records of these."""
    if value is None:
        return b"\x7e"
    if isinstance(value, str):
        return b"\x77" + _string(value)
    fields = b"".join(_string(name) + _any(inner) for name, inner in value.items())
    return b"\x76" + write_uint(len(value)) + fields


def _string(text: str) -> bytes:
    encoded = text.encode()
    return write_uint(len(encoded)) + encoded
