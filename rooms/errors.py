"""The one tree of errors: each has a stable code, a sentence for a person, an HTTP status and a WebSocket close code.

44xx is final: `y-websocket` stops reconnecting there. Every other close code is a passing condition, and clients come back.
"""

from __future__ import annotations

from typing import ClassVar


class StudioError(Exception):
    """Anything that goes wrong between the studio and a person. `str(error)` is the sentence the person reads."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    close: ClassVar[int] = 1011
    sentence: ClassVar[str] = "Something went wrong here. Nothing of yours was lost."

    def __init__(self, sentence: str | None = None) -> None:
        super().__init__(sentence or self.sentence)


class BadRequestError(StudioError):
    code, status, close = "bad_request", 400, 4400
    sentence = "That could not be understood."


class UpdateRefusedError(BadRequestError):
    """An update the scan refuses. `reason` is a stable word for metrics: truncated, depth, utf8, …"""

    code, status = "update_refused", 422

    def __init__(self, reason: str, sentence: str | None = None) -> None:
        super().__init__(sentence or f"This change can't be taken: {reason}.")
        self.reason = reason


class OfferRefusedError(BadRequestError):
    """An offer of sound that was understood and can't be answered."""

    code, status = "offer_refused", 422
    sentence = "This sound can't be carried here."


class UnknownPersonError(StudioError):
    code, status, close = "unknown_person", 401, 4401
    sentence = "This link or token is not valid here."


class NotGrantedError(StudioError):
    code, status, close = "not_granted", 403, 4403
    sentence = "You are not allowed to do that here."


class DoorClosedError(StudioError):
    """Passing: who is kept out comes back when the door opens."""

    code, status, close = "door_closed", 403, 4503
    sentence = "The door is closed while they draft. It opens when they say so."


class LockedError(NotGrantedError):
    code = "locked"
    sentence = "This room is locked: nobody new comes in just now. Ask the person who sent you the link."


class OnlyLeadError(StudioError):
    code, status, close = "only_lead", 409, 4400
    sentence = "A room needs a lead: make somebody else one first."


class NotFoundError(StudioError):
    code, status, close = "not_found", 404, 4404
    sentence = "There is nothing here by that name."


class NoSuchRoomError(NotFoundError):
    code = "no_such_room"
    sentence = "There is no such room."


class UnreadableError(StudioError):
    """A document whose stored bytes can't be read. It is never shown empty and never overwritten."""

    code, status, close = "unreadable", 500, 4410
    sentence = "This page can't be opened. Nothing was changed."


class FullError(StudioError):
    code, status, close = "full", 409, 4509
    sentence = "This room is full."


class NotHereYetError(StudioError):
    """What is said about some words was here before the words were."""

    code, status, close = "not_here_yet", 409, 1013
    sentence = "These words haven't arrived here yet. Try again in a moment."


class TooLargeError(StudioError):
    code, status, close = "too_large", 413, 1009
    sentence = "That is too large."


class TooFastError(StudioError):
    code, status, close = "too_fast", 429, 4529
    sentence = "That was too fast. Try again in a moment."


class WorkerError(StudioError):
    """The worker process died, ran out of memory or out of time. One request failed; nothing else did."""

    code, status, close = "worker_failed", 503, 1013
    sentence = "This page could not be put together just now. Nothing was changed."


class StageDownError(StudioError):
    """The media process can't be reached. Nobody's writing is touched by that."""

    code, status, close = "stage_down", 503, 1013
    sentence = "The stage can't be reached just now. It comes back by itself: try again in a moment."


class SavingError(StudioError):
    """The store can't be written or read just now."""

    code, status, close = "not_saving", 503, 1013
    sentence = "Nothing can be saved just now. What you write is kept here, and saving is tried again."


class StoreTooNewError(StudioError):
    """The stored schema is newer than this program. It is refused before anything is written."""

    code, status = "store_too_new", 500
    sentence = "This data folder was made by a newer Tutti. Nothing was changed."


class MigrationError(StudioError):
    """Bringing an older schema up to date failed. It happens in one transaction, so the data is as it was before."""

    code, status = "migration_failed", 500
    sentence = "This data folder could not be brought up to date. It was left as it was."


class ShuttingDownError(StudioError):
    code, status, close = "shutting_down", 503, 1012
    sentence = "The studio is restarting. It will be back in a moment."
