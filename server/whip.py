"""The doors of the stage: WHIP to be heard (RFC 9725), WHEP to listen (draft-ietf-wish-whep), and /stage for both at once.

A session is made by POST, ended by DELETE, and its ICE is restarted by PATCH. Any page may come here with a token, from any
site: tokens are sent by hand, so that nobody's browser can be made to.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from aiohttp import web
from multidict import CIMultiDict

from rooms.errors import StudioError
from server.api.problems import MethodError, UnsupportedError, problem
from server.api.table import DOORS, Call
from server.origin import arrived_at
from server.turn import ice_servers

SDP = "application/sdp"
FRAGMENT = "application/trickle-ice-sdpfrag"
SDP_BYTES = 64 << 10
ENDPOINT_METHODS = "OPTIONS, POST"
SESSION_METHODS = "DELETE, OPTIONS, PATCH"
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, If-Match",
    "Access-Control-Expose-Headers": "ETag, Link, Location",
}


class OtherTagError(StudioError):
    code, status = "other_tag", 412
    sentence = "This session has been restarted meanwhile."


class NoTagError(StudioError):
    code, status = "no_tag", 428
    sentence = "Say in If-Match which state of the session you know, or * to restart it."


class Door(NamedTuple):
    """What a door is for."""

    path: str
    publishes: bool
    hears: bool


STAGE_DOORS = (Door("whip", True, False), Door("whep", False, True), Door("stage", True, True))


def mount_stage(app: web.Application) -> None:
    for door in STAGE_DOORS:
        endpoint = app.router.add_resource(f"/{door.path}/{{room}}")
        session = app.router.add_resource(f"/{door.path}/{{room}}/{{session}}")
        endpoint.add_route("POST", _answered(_open(door), ENDPOINT_METHODS))
        endpoint.add_route("*", _answered(_other(ENDPOINT_METHODS), ENDPOINT_METHODS))
        session.add_route("DELETE", _answered(_leave, SESSION_METHODS))
        session.add_route("PATCH", _answered(_patch, SESSION_METHODS))
        session.add_route("*", _answered(_other(SESSION_METHODS), SESSION_METHODS))


Handler = Callable[[Call], Awaitable[web.StreamResponse]]


def _answered(handler: Handler, methods: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """What every answer has, also one that says no."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            response = await handler(Call(request, request.app[DOORS]))
        except StudioError as error:
            response = problem(error)
            if error.status == 405:
                response.headers["Allow"] = methods
        response.headers.update(CORS)
        response.headers["Access-Control-Allow-Methods"] = methods
        return response

    return answer


def _other(methods: str) -> Handler:
    async def handle(call: Call) -> web.StreamResponse:
        if call.request.method != "OPTIONS":
            raise MethodError
        accepted = {"Accept-Post": SDP} if "POST" in methods else {"Accept-Patch": FRAGMENT}
        return web.Response(status=204, headers={"Allow": methods, **accepted})

    return handle


def _open(door: Door) -> Handler:
    async def handle(call: Call) -> web.StreamResponse:
        async with call.room() as (room, member):
            offer = await _text(call, SDP)
            near = arrived_at(call.request, call.settings)
            session, answer = await room.stage.open(member, offer, publishes=door.publishes, hears=door.hears, near=near)
            location = f"/{door.path}/{room.id}/{session.id}"
            headers = CIMultiDict({"Location": location, "ETag": f'"{session.tag}"', "Accept-Patch": FRAGMENT})
            for server in ice_servers(call.settings, member.id):
                for link in server.links():
                    headers.add("Link", link)
            return web.Response(status=201, text=answer, content_type=SDP, headers=headers)

    return handle


async def _leave(call: Call) -> web.StreamResponse:
    async with call.room() as (room, member):
        room.stage.leave(room.stage.session(member, call.path("session")))
        return web.Response(status=200)


async def _patch(call: Call) -> web.StreamResponse:
    """Trickled candidates need nothing of us: whoever has them sends checks from there (RFC 8445, section 2.5)."""
    async with call.room() as (room, member):
        session = room.stage.session(member, call.path("session"))
        fragment = await _text(call, FRAGMENT)
        known = call.request.headers.get("If-Match")
        if known is None:
            raise NoTagError
        if known.strip() not in {"*", f'"{session.tag}"'}:
            raise OtherTagError
        answer = await room.stage.restart(session, fragment)
        headers = {"ETag": f'"{session.tag}"'}
        if answer is None:
            return web.Response(status=204, headers=headers)
        return web.Response(text=answer, content_type=FRAGMENT, headers=headers)


async def _text(call: Call, media_type: str) -> str:
    if call.request.content_type != media_type:
        raise UnsupportedError(f"The body must be sent as {media_type}.")
    return (await call.body(SDP_BYTES)).decode(errors="replace")
