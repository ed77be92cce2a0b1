"""The table of endpoints: what is written beside a handler is what is checked and what the OpenAPI document says.

An endpoint takes one struct, read from the query for GET and DELETE and from a JSON body else, and answers with another; a
handler that deals in other bytes answers with a response of its own. Checks of grants are the room's, not the table's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO, TypeVar

import msgspec
from aiohttp import web

from rooms.errors import BadRequestError, NotFoundError, StudioError, TooFastError, TooLargeError, UnknownPersonError
from rooms.model import Limits, Member
from rooms.registry import Registry
from rooms.room import Room
from rooms.store import Store
from server.api.problems import OtherSiteError, UnsupportedError
from server.auth import Auth, Claims, enter, hold, is_name
from server.origin import address_of, base_url, is_own_origin
from server.rate import Addresses
from server.settings import Settings
from server.shapes import Nothing

JSON_BYTES = 64 << 10
"""The largest JSON body of an endpoint that takes a struct."""
BODY_S = 60.0
"""How long a body may take to arrive."""
FILE_S = 1800.0
"""How long a file may take."""
LARGE_BODIES = 4
"""How many bodies larger than JSON_BYTES are read at a time: the next wait."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
IN_QUERY = frozenset({"GET", "DELETE"})

Asked = TypeVar("Asked", bound=msgspec.Struct)
Answered = TypeVar("Answered", bound="msgspec.Struct | web.StreamResponse | None")


class Doors:
    """What the doors are given by the composition root."""

    def __init__(self, settings: Settings, registry: Registry, store: Store, auth: Auth) -> None:
        self.settings = settings
        self.registry = registry
        self.store = store
        self.auth = auth
        self.entries = Addresses(settings.entries_per_minute)
        self.large_bodies = asyncio.Semaphore(LARGE_BODIES)


DOORS: web.AppKey[Doors] = web.AppKey("doors", Doors)


class Call:
    """One request as a handler sees it."""

    def __init__(self, request: web.Request, doors: Doors) -> None:
        self.request = request
        self.settings = doors.settings
        self.registry = doors.registry
        self.store = doors.store
        self.auth = doors.auth
        self._doors = doors

    @property
    def limits(self) -> Limits:
        return self.settings.limits

    @property
    def base_url(self) -> str:
        return base_url(self.request, self.settings)

    @property
    def has_token(self) -> bool:
        return "Authorization" in self.request.headers

    @cached_property
    def claims(self) -> Claims:
        """What the request's token says. Raises UnknownPersonError where there is none, or a wrong one."""
        header = self.request.headers.get("Authorization")
        if header is None:
            raise UnknownPersonError("This needs a token.")
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise UnknownPersonError("A token is sent as: Authorization: Bearer …")
        return self.auth.read(token.strip())

    def path(self, name: str) -> str:
        """What stands at this place in the path. Raises NotFoundError for what nothing is called."""
        value = self.request.match_info[name]
        if not is_name(value):
            raise NotFoundError
        return value

    def room(self) -> AbstractAsyncContextManager[tuple[Room, Member]]:
        """The room of the path, and who the caller is in it."""
        return self.enter(self.path("room"))

    def enter(self, room_id: str) -> AbstractAsyncContextManager[tuple[Room, Member]]:
        return enter(self.registry, self.claims, room_id)

    def held(self) -> AbstractAsyncContextManager[Room]:
        """The room of the path, for an operator who needs not be a member of it."""
        return hold(self.registry, self.claims, self.path("room"))

    def count_entry(self) -> None:
        """Raises TooFastError when this address comes in too often without a token."""
        if not self._doors.entries.take(address_of(self.request, self.settings)):
            raise TooFastError

    async def body(self, limit: int) -> bytes:
        """The request's body. Raises TooLargeError as soon as it is known to be."""
        if (self.request.content_length or 0) > limit:
            raise TooLargeError
        try:
            async with asyncio.timeout(BODY_S):
                if limit <= JSON_BYTES:
                    return await self._read(limit)
                async with self._doors.large_bodies:
                    return await self._read(limit)
        except TimeoutError:
            raise BadRequestError("The body did not arrive in time.") from None
        except web.RequestPayloadError:
            raise BadRequestError("The body can't be read.") from None

    async def save(self, file: BinaryIO, limit: int) -> None:
        """Writes the request's body into a file: for what is too large for memory. Raises as `body` does."""
        if (self.request.content_length or 0) > limit:
            raise TooLargeError
        size = 0
        try:
            async with asyncio.timeout(FILE_S), self._doors.large_bodies:
                async for chunk in self.request.content.iter_any():
                    size += len(chunk)
                    if size > limit:
                        raise TooLargeError
                    await asyncio.to_thread(file.write, chunk)
        except TimeoutError:
            raise BadRequestError("The file did not arrive in time.") from None
        except web.RequestPayloadError:
            raise BadRequestError("The file can't be read.") from None

    async def _read(self, limit: int) -> bytes:
        body = bytearray()
        async for chunk in self.request.content.iter_any():
            body += chunk
            if len(body) > limit:
                raise TooLargeError
        return bytes(body)


@dataclass(frozen=True)
class Endpoint:
    """A line of the table."""

    method: str
    path: str
    summary: str
    needs: str
    """The grant in the words of the documentation; empty where no token is needed."""
    asked: type[msgspec.Struct]
    answered: type[msgspec.Struct] | None
    """None for an answer that isn't JSON, or none at all."""
    status: int
    consumes: tuple[str, ...]
    produces: tuple[str, ...]
    errors: tuple[type[StudioError], ...]
    handler: Callable[[Call, Any], Awaitable[Any]]

    @property
    def in_query(self) -> bool:
        return self.method in IN_QUERY

    async def answer(self, request: web.Request) -> web.StreamResponse:
        doors = request.app[DOORS]
        if request.method not in SAFE and not is_own_origin(request, doors.settings):
            raise OtherSiteError
        call = Call(request, doors)
        if self.needs:
            _ = call.claims  # who is asking comes before what they ask for
        answered = await self.handler(call, await self._ask(call))
        if isinstance(answered, web.StreamResponse):
            return answered
        if answered is None:
            return web.Response(status=self.status)
        return web.Response(status=self.status, body=msgspec.json.encode(answered), content_type="application/json")

    async def _ask(self, call: Call) -> Any:
        if self.asked is Nothing:
            return Nothing()
        try:
            if self.in_query:
                return msgspec.convert(dict(call.request.query), self.asked, strict=False)
            if call.request.content_type != "application/json":
                raise UnsupportedError("The body must be JSON, sent as application/json.")
            return msgspec.json.decode(await call.body(JSON_BYTES), type=self.asked)
        except msgspec.ValidationError as error:
            raise BadRequestError(f"That could not be understood: {error}.") from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            raise BadRequestError("The body isn't JSON.") from None


class Table:
    """Endpoints, in order. `add` is the decorator that puts a handler in."""

    def __init__(self) -> None:
        self._endpoints: list[Endpoint] = []

    def __iter__(self) -> Iterator[Endpoint]:
        return iter(self._endpoints)

    def add(
        self,
        method: str,
        path: str,
        *,
        needs: str,
        asked: type[Asked],
        answered: type[msgspec.Struct] | None = None,
        status: int = 200,
        consumes: tuple[str, ...] = (),
        produces: tuple[str, ...] = (),
        errors: tuple[type[StudioError], ...] = (),
    ) -> Callable[[Callable[[Call, Asked], Awaitable[Answered]]], Callable[[Call, Asked], Awaitable[Answered]]]:
        """`consumes` and `produces` name the media types of bodies and answers that aren't a struct's JSON."""

        def put(handler: Callable[[Call, Asked], Awaitable[Answered]]) -> Callable[[Call, Asked], Awaitable[Answered]]:
            summary = (handler.__doc__ or "").strip()
            self._endpoints.append(
                Endpoint(method, path, summary, needs, asked, answered, status, consumes, produces, errors, handler)
            )
            return handler

        return put
