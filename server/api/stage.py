"""The stage of a room as JSON: what a page needs before it steps on it, and how it goes. Sound itself has doors of its
own, in `server/whip.py`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from rooms.errors import DoorClosedError, StageDownError
from server import shapes
from server.api.table import Call, Table
from server.turn import ice_servers

TABLE = Table()

MUTE = "/api/rooms/{room}/members/{member}/mute"


class IceServer(Struct, frozen=True):
    urls: list[str]
    username: str
    credential: str


class Stage(Struct, frozen=True):
    sessions: Annotated[list[shapes.StageSession], Meta(description="Of everybody who may be heard, and your own.")]
    muted: Annotated[list[str], Meta(description="The ids of the members whom a lead has muted.")]
    ice_servers: Annotated[list[IceServer], Meta(description="For an RTCPeerConnection, where the studio has a TURN server.")]


@TABLE.add(
    "GET",
    "/api/rooms/{room}/stage",
    needs="read",
    asked=shapes.Nothing,
    answered=Stage,
    errors=(DoorClosedError, StageDownError),
)
async def read_stage(call: Call, _: shapes.Nothing) -> Stage:
    """Who is on stage and how their sound travels. It makes the relay ready, so ask before you make an offer."""
    async with call.room() as (room, member):
        stage = room.stage
        await stage.prepare(member)
        sessions = [
            shapes.stage_session(session, stage.report(session), muted=session.publishes and session.member.id in stage.muted)
            for session in stage.sessions.values()
            if session.publishes or session.member.id == member.id
        ]
        servers = [IceServer(list(s.urls), s.username, s.credential) for s in ice_servers(call.settings, member.id)]
        return Stage(sessions, sorted(stage.muted), servers)


@TABLE.add("PUT", MUTE, needs="moderate", asked=shapes.Nothing, status=204)
async def mute(call: Call, _: shapes.Nothing) -> None:
    """Let nobody hear a member's sound, from this moment on. It holds whatever they leave and come back to."""
    async with call.room() as (room, member):
        await room.stage.mute(member, call.path("member"), muted=True)


@TABLE.add("DELETE", MUTE, needs="moderate", asked=shapes.Nothing, status=204)
async def unmute(call: Call, _: shapes.Nothing) -> None:
    """Let them be heard again."""
    async with call.room() as (room, member):
        await room.stage.mute(member, call.path("member"), muted=False)
