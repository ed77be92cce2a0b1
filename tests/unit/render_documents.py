"""Updates for the worker's tests: ordinary pages, and documents that are too much for a process without limits."""

from __future__ import annotations

from pycrdt import Doc, XmlElement, XmlFragment, XmlText

from rooms.varint import write_uint


def page(*paragraphs: str, client: int = 1) -> bytes:
    """A page of paragraphs, as one update."""
    return pages(*paragraphs, client=client)[-1]


def pages(*paragraphs: str, client: int = 1) -> list[bytes]:
    """The same, as one update for each paragraph; the last holds them all."""
    doc: Doc[XmlFragment] = Doc(client_id=client)
    fragment = doc.get("default", type=XmlFragment)
    updates: list[bytes] = []
    for text in paragraphs:
        before = doc.get_state()
        fragment.children.append(XmlElement("paragraph", {}, [XmlText(text)]))
        updates.append(doc.get_update(before))
    return [*updates, doc.get_update()]


def chain(length: int, *, deleted: bool) -> bytes:
    """Quotes within quotes, that many; a delete of the outermost goes through them all by recursion."""
    quote = b"\x03\x0ablockquote"
    structs = [b"\x07\x01\x07default" + quote]
    structs.extend(b"\x07\x00\x05" + write_uint(outer) + quote for outer in range(length - 1))
    return b"\x01" + write_uint(length) + b"\x05\x00" + b"".join(structs) + (b"\x01\x05\x01\x00\x01" if deleted else b"\x00")


def nested_arrays(depth: int) -> bytes:
    """A value of arrays within arrays, two bytes a level."""
    return b"\x01\x01\x05\x00\x08\x01\x07default\x01" + b"\x75\x01" * depth + b"\x7e\x00"


def crowd(clients: int) -> bytes:
    """A letter by each of so many clients, all at the same place: whoever comes is compared with everybody who is there.

    A second letter of each makes it wait for the client before it, so that they come in the order that takes longest.
    """
    parts = [write_uint(clients)]
    for client in range(clients, 0, -1):
        waits = b"\x84" + write_uint(client - 1) + b"\x00\x01x" if client > 1 else b"\x04\x01\x01a\x01x"
        parts.append(b"\x02" + write_uint(client) + b"\x00" + waits + b"\x04\x01\x04text\x01x")
    return b"".join(parts) + b"\x00"
