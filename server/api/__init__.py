"""REST, under /api: a table of endpoints, the errors of RFC 9457, and the OpenAPI document made from the same table."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from rooms.model import Limits
from server.api import board, bundles, comments, documents, entry, history, images, invites, rooms, sprint, stage
from server.api.openapi import describe
from server.api.problems import MethodError, NoSuchPathError, problem
from server.api.table import DOORS, Doors, Endpoint, Table

TABLES: tuple[Table, ...] = (
    entry.TABLE,
    rooms.TABLE,
    invites.TABLE,
    documents.TABLE,
    history.TABLE,
    images.TABLE,
    bundles.TABLE,
    board.TABLE,
    comments.TABLE,
    sprint.TABLE,
    stage.TABLE,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def openapi(limits: Limits) -> bytes:
    """The OpenAPI document of a studio with these limits."""
    return describe(_endpoints(), limits)


def mount_api(app: web.Application, doors: Doors) -> None:
    """Mounts the endpoints. `server/api/problems.py` has the middleware that answers their errors."""
    app[DOORS] = doors
    document = openapi(doors.settings.limits)

    async def described(_: web.Request) -> web.StreamResponse:
        return web.Response(body=document, content_type="application/json")

    methods: dict[str, dict[str, Handler]] = {"/api/openapi.json": {"GET": described}}
    for endpoint in _endpoints():
        methods.setdefault(endpoint.path, {})[endpoint.method] = endpoint.answer
    for path, handlers in methods.items():
        _mount(app.router.add_resource(path), handlers)
    app.router.add_route("*", "/api{nothing:(/.*)?}", _nothing_here)


def _endpoints() -> list[Endpoint]:
    return [endpoint for table in TABLES for endpoint in table]


def _mount(resource: web.Resource, handlers: dict[str, Handler]) -> None:
    if "GET" in handlers:
        handlers = {**handlers, "HEAD": handlers["GET"]}
    allow = {"Allow": ", ".join(sorted({*handlers, "OPTIONS"}))}

    async def options(_: web.Request) -> web.StreamResponse:
        return web.Response(status=204, headers=allow)

    async def refuse(_: web.Request) -> web.StreamResponse:
        response = problem(MethodError())
        response.headers.update(allow)
        return response

    for method, handler in {**handlers, "OPTIONS": options, "*": refuse}.items():
        resource.add_route(method, handler)


async def _nothing_here(_: web.Request) -> web.StreamResponse:
    raise NoSuchPathError
