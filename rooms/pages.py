"""The pages of a room as lists: where a page goes when it is moved, taken off, or brought back. Pure."""

from __future__ import annotations

from dataclasses import replace

from rooms.model import Page, RoomRecord


def placed(record: RoomRecord, page: Page, place: int | None = None) -> RoomRecord:
    """With this page, new or changed, among those that are shown: at this place, or where it is (was) for None."""
    others = [other for other in record.pages if other.id != page.id]
    at = page.place if place is None else place
    others.insert(max(0, min(at, len(others))), replace(page, removed_ms=None))
    gone = tuple(other for other in record.removed if other.id != page.id)
    return replace(record, pages=_numbered(others), removed=gone)


def taken_off(record: RoomRecord, page: Page, now_ms: int) -> RoomRecord:
    others = [other for other in record.pages if other.id != page.id]
    return replace(record, pages=_numbered(others), removed=(replace(page, removed_ms=now_ms), *record.removed))


def changed(before: RoomRecord, after: RoomRecord) -> list[Page]:
    """The pages that are otherwise than they were, or new."""
    known = {*before.pages, *before.removed}
    return [page for page in (*after.pages, *after.removed) if page not in known]


def _numbered(pages: list[Page]) -> tuple[Page, ...]:
    return tuple(replace(page, place=place) for place, page in enumerate(pages))
