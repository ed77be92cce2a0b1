"""The page: one built `index.html` for every address that people see, its assets, and the headers that keep it to itself.

What may be served is listed once, at the start, so that no path in a request is ever joined to a folder. Assets are named by
their content and kept for ever by browsers; everything else is asked for again each time (RFC 9110, section 13.1.2), with a
hash of its content for a tag: times of files say nothing where a package or an image sets them all alike.
The policy allows the page nothing from anywhere else (Content Security Policy Level 3): no script, style, font or connection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from aiohttp import web

from server.origin import host_of
from server.page import page_folder
from server.settings import Settings

FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"

PERMISSIONS = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "payment", "usb")
"""What no script in the page may ask a person for. The microphone is the page's own to ask for."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(["microphone=(self)", *(f"{name}=()" for name in PERMISSIONS)]),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
DATA = ("/api", "/healthz", "/metrics", "/readyz", "/stage", "/whep", "/whip")
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""What these answer is data, also where it is HTML: nothing in it runs."""

TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


class Kept:
    """A small file that is read once."""

    def __init__(self, path: Path) -> None:
        self._body = path.read_bytes()
        self._headers = {
            "Content-Type": _type(path),
            "Cache-Control": ASK_AGAIN,
            "ETag": f'"{hashlib.sha256(self._body).hexdigest()[:32]}"',
        }

    def response(self, request: web.Request) -> web.StreamResponse:
        known = request.headers.get("If-None-Match", "")
        if self._headers["ETag"] in known or known.strip() == "*":
            return web.Response(status=304, headers={name: self._headers[name] for name in ("ETag", "Cache-Control")})
        return web.Response(body=self._body, headers=self._headers)


class Asset:
    """A file that is named by its content. `FileResponse` sends the compressed one beside it to whoever understands it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._headers = {"Content-Type": _type(path), "Cache-Control": FOR_EVER}

    def response(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(self._path, headers=self._headers)


def mount_pages(app: web.Application, settings: Settings, find: Callable[[], Path] = page_folder) -> None:
    """Mounts the page that `find` finds, and the headers of every answer of the whole application."""
    files: dict[str, Kept | Asset] = {}
    missing = ""
    try:
        files = _files(find())
    except RuntimeError as error:  # the doors work without it
        missing = f"{error}\n"

    async def page(request: web.Request) -> web.StreamResponse:
        return files["index.html"].response(request) if files else web.Response(status=503, text=missing)

    async def file(request: web.Request) -> web.StreamResponse:
        found = files.get(request.match_info["file"])
        if found is None:
            raise web.HTTPNotFound(text="There is no such page.\n")
        return found.response(request)

    async def headers(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        is_data = resource is None or resource.canonical.startswith(DATA)
        response.headers.update(HEADERS)
        response.headers["Content-Security-Policy"] = DATA_POLICY if is_data else policy(host_of(request, settings), settings)
        response.headers.setdefault("Cache-Control", "no-store" if is_data else ASK_AGAIN)

    for path in ("/", "/join", "/room/{room}", "/room/{room}/{document}"):
        app.router.add_get(path, page)
    app.router.add_get("/{file:.+}", file)
    app.on_response_prepare.append(headers)


def policy(host: str, settings: Settings) -> str:
    """The page's Content-Security-Policy. WebSockets are named, since not every browser counts them as 'self'."""
    own = host if settings.public_url is None else settings.public_url.partition("://")[2]
    return (
        f"default-src 'self'; img-src 'self' data: blob:; connect-src 'self' ws://{own} wss://{own}; object-src 'none'; "
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )


def _files(folder: Path) -> dict[str, Kept | Asset]:
    """Every file of the built page that may be asked for, by its path under the folder."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file() and path.suffix in TYPES}
    return {name: Asset(path) if name.startswith("assets/") else Kept(path) for name, path in found.items()}


def _type(path: Path) -> str:
    media_type = TYPES[path.suffix]
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
