"""Whole rooms as files: taken along by their leads, opened again by whoever may open rooms."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO, cast

from aiohttp import web

from rooms.errors import BadRequestError, NotGrantedError, SavingError, TooLargeError, UnreadableError
from rooms.model import Role
from server import shapes, texts
from server.api.entry import Opened, may_open_rooms, opened
from server.api.problems import UnsupportedError
from server.api.table import Call, Table
from server.attachment import attachment

TABLE = Table()

MEDIA_TYPE = "application/zip"
TAKEN = (MEDIA_TYPE, "application/octet-stream")
"""The second is what programs send that don't know the first."""
ENDING = "tutti"
CHUNK_BYTES = 256 << 10


@TABLE.add(
    "GET",
    "/api/rooms/{room}/bundle",
    needs="lead",
    asked=shapes.Nothing,
    produces=(MEDIA_TYPE,),
    errors=(NotGrantedError, UnreadableError, SavingError),
)
async def read_bundle(call: Call, _: shapes.Nothing) -> web.StreamResponse:
    """The whole room as one file: texts with their history and authors, versions, comments, board and pictures."""
    async with _file(call) as file:
        if call.claims.is_operator:
            async with call.held() as room:
                await room.exchange.bundle(None, file)
        else:
            async with call.room() as (room, member):
                await room.exchange.bundle(member, file)
        response = web.StreamResponse(headers={"Content-Disposition": attachment(room.record.title, ENDING)})
        response.content_type = MEDIA_TYPE
        response.content_length = file.tell()
        file.seek(0)
        await response.prepare(call.request)
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            await response.write(chunk)
        await response.write_eof()
    return response


@TABLE.add(
    "POST",
    "/api/bundles",
    needs="",
    asked=shapes.Nothing,
    answered=Opened,
    status=201,
    consumes=TAKEN,
    errors=(BadRequestError, NotGrantedError, TooLargeError, UnsupportedError, SavingError),
)
async def open_bundle(call: Call, _: shapes.Nothing) -> Opened:
    """Open a room from a bundle, as one of its own. Needs what opening a room needs; whoever opens it (`?name=…`) leads it."""
    may_open_rooms(call)
    if call.request.content_type not in TAKEN:
        raise UnsupportedError("A bundle is sent as application/zip.")
    name = texts.line(call.request.query.get("name", "Lead"), call.limits.name_chars)
    async with _file(call) as file:
        await call.save(file, call.limits.bundle_bytes)
        record = await call.registry.open_bundle(file)
    async with call.registry.hold(record.id) as room:
        return await opened(call, room, await room.people.welcome(name, Role.LEAD))


@asynccontextmanager
async def _file(call: Call) -> AsyncIterator[BinaryIO]:
    """One without a name, in the data folder: what is in the way of the machine's memory is often its temporary folder."""
    file = await asyncio.to_thread(lambda: tempfile.TemporaryFile(dir=call.settings.data))  # noqa: SIM115 - closed below
    with file:
        yield cast(BinaryIO, file)
