"""`tutti …`: serve, invite, token, rooms, export, import, doctor, openapi. What they print is for people and scripts.

A command that changes or reads rooms asks the server of its data folder where one runs, and opens the store itself where none
does: holding the folder's lock tells the two apart. What a command doesn't need is not imported.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click
import msgspec

from rooms.errors import BadRequestError, NoSuchRoomError, StudioError
from rooms.model import Role
from server.folder import Folder, FolderInUseError
from server.settings import SettingError, Settings, duration_s, limits_help, load

if TYPE_CHECKING:
    from server.app import Studio
    from server.auth import Auth

ASK_S = 30.0
FILE_S = 1800.0
"""How long the server may take over a file."""
"""How long a command waits for the server beside it."""
FIRST_ROOM = "First room"
EVERY_ROOM = "*"
MARKS = {True: "good ", None: "look ", False: "wrong"}
LISTED = "{room}\t{title}\t{here}"

Result = TypeVar("Result")


class StartError(StudioError):
    """The server can't listen where it was told to."""

    code = "start"


class Commands(click.Group):
    """Ends with one sentence on standard error where something is wrong: with status 2 where it was said wrongly, else 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except StudioError as error:
            click.echo(f"tutti: {error}", err=True)
            ctx.exit(2 if isinstance(error, SettingError) else 1)


def _option(*names: str, **options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(*names, default=None, **options)


DATA = _option("--data", metavar="FOLDER", help="Where everything is kept. Default: ./data")
CONFIG = _option("--config", metavar="FILE", help="A TOML file with settings.")
SECRET = _option("--secret-file", metavar="FILE", help="The secret that signs tokens. Default: made in the data folder.")
DATABASE = _option("--database-url", metavar="URL", help="Default: sqlite:///…/tutti.sqlite in the data folder.")
PUBLIC = _option("--public-url", metavar="URL", help="Where people reach the studio, as in https://studio.example.org")
CREATE = click.option("--create", is_flag=True, help="Make the room if it isn't there.")


@click.group(cls=Commands, context_settings={"max_content_width": 110})
@click.version_option(package_name="tutti-studio", prog_name="tutti")
def main() -> None:
    """Tutti, a live studio: people open a link and write together."""


@main.command(
    epilog="\b\nEvery option is also a variable, as TUTTI_PUBLIC_URL, and a key in the file. Only there:\n"
    "TUTTI_SECRET  TUTTI_TOKEN_S=30d  TUTTI_ENTRIES_PER_MINUTE=120\n"
    "and the limits ([limits] in the file):\n" + limits_help()
)
@_option("--host", metavar="ADDRESS", help="The address to listen on. Default: 127.0.0.1")
@_option("--port", metavar="PORT", help="Default: 8000; 0 is any free one.")
@DATA
@PUBLIC
@CONFIG
@DATABASE
@SECRET
@_option("--trusted-proxy", metavar="ADDRESS[,…]", help="The proxies in front whose X-Forwarded-… headers are believed.")
@_option("--tls", metavar="HOW", help="self-signed: speak TLS with a certificate made here, kept in the data folder.")
@_option("--tls-cert", metavar="FILE", help="Speak TLS with this certificate (PEM); SIGHUP reads it again.")
@_option("--tls-key", metavar="FILE", help="The key of that certificate (PEM).")
@_option("--media-host", metavar="ADDRESS", help="The address for the stage's sound. Default: every way to the outside")
@_option("--media-port", metavar="PORT", help="The UDP port for the stage's sound. Default: 8189; 0 is any free one.")
@_option("--public-ip", metavar="ADDRESS[,…]", help="Where people reach that port, if not at this machine's own addresses.")
@_option("--turn-url", metavar="URL[,…]", help="TURN servers for who can't reach that port: turn:HOST[:PORT][?transport=…].")
@_option("--turn-secret", metavar="SECRET", help="What the TURN server calls its static-auth-secret.")
@click.option("--open-lobby/--no-open-lobby", default=None, help="Whether anyone may open rooms. Default: only on loopback.")
@_option("--log", metavar="FORM", help="json or console.")
def serve(**flags: Any) -> None:
    """Run the studio until SIGTERM."""
    settings = load(flags, os.environ)
    import uvloop

    from server.app import serve as run
    from server.observe import start_logging
    from server.tls import fingerprint

    start_logging(settings.log)
    folder = Folder(settings.data)
    with folder.lock(), ExitStack() as announced:

        async def announce(studio: Studio) -> None:
            local = local_url(settings, studio.port)
            announced.enter_context(folder.announce(local))
            public = settings.public_url or local
            click.echo(f"Tutti is open at {public}")
            if settings.tls and studio.tls is not None:
                click.echo(
                    f"Browsers will ask whether to trust its certificate. SHA-256: {fingerprint(studio.tls.certificate)}"
                )
            if not await studio.store.rooms():
                click.echo(f"Open this link to lead its first room: {await _first_link(studio, public)}")

        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(run(settings, announce))
        except OSError as error:
            why = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror  # asyncio's says it twice
            raise StartError(f"Can't listen on {settings.host}, port {settings.port}: {why}.") from error


async def _first_link(studio: Studio, public: str) -> str:
    record, _ = await studio.registry.create(FIRST_ROOM)
    async with studio.registry.hold(record.id) as room:
        invite = await room.people.invite(None, Role.LEAD, uses=1)
    return f"{public}/join#{studio.auth.seal(invite.id)}"


@main.command()
@click.argument("room")
@_option("--role", metavar="ROLE", help="lead, co-lead, contributor or spectator. Default: contributor")
@_option("--name", metavar="NAME", help="The title of the room, where --create makes it.")
@_option("--expires", metavar="TIME", help="How long it is good, as in 7d, 12h or 30m. Default: for ever")
@_option("--uses", metavar="N", help="How many people may use it. Default: any number")
@CREATE
@DATA
@PUBLIC
@CONFIG
@DATABASE
@SECRET
def invite(
    *, room: str, role: str | None, name: str | None, expires: str | None, uses: str | None, create: bool, **flags: Any
) -> None:
    """Print a link that lets people into ROOM."""
    settings = load(flags, os.environ)
    _check_room(room)
    wanted = _role(role)
    expires_s = None if expires is None else _duration("--expires", expires)
    times = None if uses is None else _count("--uses", uses)
    auth = auth_of(settings)

    def through_server(url: str) -> str:
        ask = Asking(url, auth.sign(EVERY_ROOM, "operator", "Operator", lifetime_s=60))
        if create:
            ask("PUT", f"/api/rooms/{room}", {"title": name or room})
        elif room not in {found["room"] for found in ask("GET", "/api/rooms")["rooms"]}:
            raise NoSuchRoomError(no_room(room))
        asked = {"role": wanted, "expires_in": expires_s, "uses": times}
        made = ask("POST", f"/api/rooms/{room}/invites", asked)
        return f"{settings.public_url}/join#{made['invite']}" if settings.public_url else str(made["url"])

    async def directly(studio: Studio) -> str:
        if await studio.store.room(room) is None:
            if not create:
                raise NoSuchRoomError(no_room(room))
            await studio.registry.create(name or room, room_id=room)
        expires_ms = None if expires_s is None else int((time.time() + expires_s) * 1000)
        async with studio.registry.hold(room) as held:
            made = await held.people.invite(None, wanted, expires_ms, times)
        base = settings.public_url or local_url(settings, settings.port)
        return f"{base}/join#{auth.seal(made.id)}"

    click.echo(ask_or_do(settings, through_server, directly))


@main.command()
@click.argument("room")
@_option("--role", metavar="ROLE", help="lead, co-lead, contributor or spectator. Default: contributor")
@_option("--name", metavar="NAME", help="Who it is for. Default: Guest")
@_option("--expires", metavar="TIME", help="How long it is good, as in 7d, 12h or 30m. Default: 1d")
@CREATE
@DATA
@CONFIG
@SECRET
def token(*, room: str, role: str | None, name: str | None, expires: str | None, create: bool, **flags: Any) -> None:
    """Print a token for scripts: for ROOM, or for every room with '*'."""
    settings = load(flags, os.environ)
    if room != EVERY_ROOM:
        _check_room(room)
    lifetime_s = _duration("--expires", expires or "1d")
    sub = secrets.token_hex(8)
    signed = auth_of(settings).sign(room, sub, name or "Guest", role=_role(role), create=create, lifetime_s=lifetime_s)
    click.echo(signed)


@main.command()
@DATA
@CONFIG
@DATABASE
@SECRET
def rooms(**flags: Any) -> None:
    """List the rooms: name, title and how many people are there now, with tabs between."""
    settings = load(flags, os.environ)
    auth = auth_of(settings)

    def through_server(url: str) -> list[str]:
        ask = Asking(url, auth.sign(EVERY_ROOM, "operator", "Operator", lifetime_s=60))
        return [LISTED.format(**found) for found in ask("GET", "/api/rooms")["rooms"]]

    async def directly(studio: Studio) -> list[str]:
        return [LISTED.format(room=record.id, title=record.title, here=0) for record in await studio.store.rooms()]

    for line in ask_or_do(settings, through_server, directly):
        click.echo(line)


@main.command("export")
@click.argument("room")
@_option("--document", metavar="ID", help="One page instead of the whole room; main is the first.")
@_option(
    "--format", metavar="FORMAT", help="Of that page: markdown (default), html, text, fountain, chordpro, docx, epub, json."
)
@click.option("-o", "output", metavar="FILE", default=None, help="Default: named after the room, here.")
@DATA
@CONFIG
@DATABASE
@SECRET
def export(*, room: str, document: str | None, format: str | None, output: str | None, **flags: Any) -> None:  # noqa: A002
    """Write ROOM into a file: all of it, as a bundle that another Tutti opens, or one page of it."""
    settings = load(flags, os.environ)
    _check_room(room)
    if format is not None and document is None:
        raise SettingError("--format needs --document: a whole room is always a bundle.")
    from server.files import take

    click.echo(take(settings, room, document, format or "markdown", output))


@main.command("import")
@click.argument("file")
@_option("--room", metavar="ROOM", help="The room that a page is added to. Default: a new one")
@_option("--title", metavar="TITLE", help="What the page is called. Default: the file's name")
@DATA
@PUBLIC
@CONFIG
@DATABASE
@SECRET
def import_(*, file: str, room: str | None, title: str | None, **flags: Any) -> None:
    """Open the room that is in FILE, a bundle, or make a page of it. Prints a link that leads in."""
    settings = load(flags, os.environ)
    if room is not None:
        _check_room(room)
    from server.files import bring

    click.echo(bring(settings, file, room, title))


@main.command()
@_option("--host", metavar="ADDRESS", help="As for serve, like all of these.")
@_option("--port", metavar="PORT")
@DATA
@PUBLIC
@CONFIG
@_option("--tls", metavar="HOW")
@_option("--tls-cert", metavar="FILE")
@_option("--tls-key", metavar="FILE")
@_option("--media-host", metavar="ADDRESS")
@_option("--media-port", metavar="PORT")
@_option("--public-ip", metavar="ADDRESS[,…]")
@_option("--turn-url", metavar="URL[,…]")
@_option("--turn-secret", metavar="SECRET")
def doctor(**flags: Any) -> None:
    """Look at ports, addresses, TLS and TURN, with the same settings as serve. Ends with status 1 where something is wrong."""
    settings = load(flags, os.environ)
    from server.doctor import look

    wrong = False
    for finding in look(settings):
        click.echo(f"{MARKS[finding.ok]}  {finding.sentence}")
        wrong = wrong or finding.ok is False
    if wrong:
        raise click.exceptions.Exit(1)


@main.command()
@CONFIG
def openapi(**flags: Any) -> None:
    """Print the OpenAPI document of the REST interface."""
    settings = load(flags, os.environ)
    from server.api import openapi as described

    click.echo(described(settings.limits).decode())


# The server beside us, or the store itself


class Asking:
    """Requests to the server of this data folder, with an operator's token."""

    def __init__(self, url: str, bearer: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        # This machine is reached by no proxy, and by an address that its certificate may not name: that it is our server is
        # known from the data folder, whose lock it holds.
        trusting = ssl.create_default_context()
        trusting.check_hostname = False
        trusting.verify_mode = ssl.CERT_NONE
        handlers = (urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting))
        self._opener = urllib.request.build_opener(*handlers)

    def __call__(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else msgspec.json.encode(body)
        with self.open(method, path, data, wait_s=ASK_S) as response:
            return msgspec.json.decode(response.read())

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        data: bytes | BinaryIO | None,
        headers: Mapping[str, str] = MappingProxyType({}),
        wait_s: float = FILE_S,
    ) -> Iterator[BinaryIO]:
        """The answer, to be read."""
        request = urllib.request.Request(self._url + path, data, {**self._headers, **headers}, method=method)  # noqa: S310 - our own http://
        try:
            with self._opener.open(request, timeout=wait_s) as response:
                yield response
        except urllib.error.HTTPError as error:
            raise StudioError(_detail(error.read())) from None
        except (OSError, msgspec.DecodeError):
            raise FolderInUseError("The server of this data folder does not answer.") from None


def _detail(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["detail"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "The server of this data folder refused."


def ask_or_do(
    settings: Settings,
    through_server: Callable[[str], Result],
    directly: Callable[[Studio], Awaitable[Result]],
) -> Result:
    """Asks the server that holds the data folder; holds it ourselves where nobody does."""
    folder = Folder(settings.data)
    try:
        with folder.lock(wait_s=0):
            return asyncio.run(_with_store(settings, directly))
    except FolderInUseError:
        url = folder.announced()
        if url is not None:
            return through_server(url)
    with folder.lock():  # another command, or a server that starts or ends
        return asyncio.run(_with_store(settings, directly))


async def _with_store(settings: Settings, work: Callable[[Studio], Awaitable[Result]]) -> Result:
    from server.app import Studio

    studio = Studio(settings)
    await studio.open()
    try:
        return await work(studio)
    finally:
        await studio.close()


def auth_of(settings: Settings) -> Auth:
    from server.auth import Auth, load_secret

    return Auth(load_secret(settings), settings.token_s)


def local_url(settings: Settings, port: int) -> str:
    """Where this machine reaches a server with these settings."""
    scheme, host = "https" if settings.has_tls else "http", settings.host
    if host in {"0.0.0.0", ""}:  # noqa: S104 - compared, not listened on
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


# What people say on the command line


def _role(said: str | None) -> Role:
    try:
        return Role(said or Role.CONTRIBUTOR)
    except ValueError:
        raise SettingError(f"--role must be one of: {', '.join(Role)}.") from None


def _duration(option: str, said: str) -> int:
    try:
        return duration_s(said)
    except ValueError as error:
        raise SettingError(f"{option} {error}.") from None


def _count(option: str, said: str) -> int:
    if not said.isdecimal() or not 1 <= int(said) <= 1_000_000:
        raise SettingError(f"{option} must be a whole number from 1 to 1000000.")
    return int(said)


def _check_room(name: str) -> None:
    from rooms.registry import check_room_name

    try:
        check_room_name(name)
    except BadRequestError as error:
        raise SettingError(str(error)) from None


def no_room(room: str) -> str:
    return f"There is no room {room}. Make it with --create."
