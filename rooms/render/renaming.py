"""Other ids for the images and threads that a document names: for a room that is opened where these are in use already.

Runs in the worker process only. What changes are attributes of images and names of marks, no text; it is one update, by a
client that wasn't in the document before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pycrdt import TransactionEvent, XmlElement, XmlFragment, XmlText

from rooms.marks import hashed_name
from rooms.render.document import fresh_client, open_doc
from rooms.render.updates import NOTHING, merged

COMMENT = "comment"


def renamed(pieces: Sequence[bytes], ids: Mapping[str, str]) -> bytes:
    update = merged(pieces)
    doc, fragment = open_doc(update, fresh_client(update))
    changes: list[bytes] = []

    def note(event: TransactionEvent) -> None:
        changes.append(event.update)

    subscription = doc.observe(note)
    with doc.transaction():
        for node in list(_below(fragment)):
            if isinstance(node, XmlText):
                _rename_marks(node, ids)
            elif node.tag == "image" and node.attributes.get("id") in ids:
                node.attributes["id"] = ids[str(node.attributes.get("id"))]
    subscription.drop()
    return merged(changes) if changes else NOTHING


def _below(root: XmlFragment) -> Iterator[XmlElement | XmlText]:
    todo: list[Any] = list(root.children)
    while todo:
        node = todo.pop()
        if isinstance(node, XmlText):
            yield node
        elif isinstance(node, XmlElement):
            yield node
            todo.extend(node.children)


def _rename_marks(text: XmlText, ids: Mapping[str, str]) -> None:
    at = 0
    for value, marks in text.diff():
        size = len(value.encode()) if isinstance(value, str) else 1
        for name, attrs in (marks or {}).items():
            old = attrs.get("id") if name.startswith(f"{COMMENT}--") and isinstance(attrs, dict) else None
            if isinstance(old, str) and old in ids:
                new = {"id": ids[old]}
                text.format(at, at + size, {name: None, hashed_name(COMMENT, new): new})
        at += size
