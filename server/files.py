"""`tutti export` and `tutti import`: rooms and pages as files, through the server of the data folder or without one."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, urlencode

import msgspec

from rooms.errors import BadRequestError, NoSuchRoomError
from rooms.model import Role
from server.api.bundles import ENDING, MEDIA_TYPE
from server.api.documents import FORMATS, READABLE
from server.attachment import file_name
from server.cli import EVERY_ROOM, Asking, ask_or_do, auth_of, local_url, no_room
from server.settings import SettingError, Settings

if TYPE_CHECKING:
    from rooms.model import Member
    from rooms.room import Room
    from server.app import Studio

OPERATOR = "operator"
LEAD = "Lead"


def _asking(settings: Settings, url: str) -> Asking:
    return Asking(url, auth_of(settings).sign(EVERY_ROOM, OPERATOR, "Operator", role=Role.LEAD, lifetime_s=3600))


async def _operator(room: Room) -> Member:
    return await room.people.admit(OPERATOR, "Operator", Role.LEAD, operator=True)


# Out


def take(settings: Settings, room: str, document: str | None, form: str, output: str | None) -> str:
    """Writes the file, and returns its name."""
    if form not in FORMATS:
        raise SettingError(f"--format must be one of: {', '.join(FORMATS)}.")
    ending = ENDING if document is None else FORMATS[form].ending
    target = Path(output or file_name(room if document is None else f"{room} {document}", ending))
    part = target.with_name(f".{target.name}.part")

    def through_server(url: str) -> None:
        query = "bundle" if document is None else f"documents/{quote(document, safe='')}?{urlencode({'format': form})}"
        with _asking(settings, url).open("GET", f"/api/rooms/{room}/{query}", None) as answer, part.open("wb") as file:
            shutil.copyfileobj(answer, file)

    async def directly(studio: Studio) -> None:
        if await studio.store.room(room) is None:
            raise NoSuchRoomError(no_room(room))
        async with studio.registry.hold(room) as held:
            with part.open("wb") as file:
                if document is None:
                    await held.exchange.bundle(None, file)
                else:
                    file.write(await held.exchange.read(await _operator(held), document, form))

    try:
        ask_or_do(settings, through_server, directly)
        part.replace(target)
    except OSError as error:
        raise SettingError(f"Can't write {target}: {error.strerror}.") from None
    finally:
        part.unlink(missing_ok=True)
    return str(target)


# In


def bring(settings: Settings, file: str, room: str | None, title: str | None) -> str:
    """Opens the room, or adds the page, that is in the file. Returns a link that leads there."""
    path = Path(file)
    try:
        with path.open("rb") as opened:
            if path.suffix == f".{ENDING}":
                return _open_room(settings, opened)
            return _add_page(settings, opened.read(settings.limits.file_bytes + 1), path, room, title)
    except OSError as error:
        raise SettingError(f"Can't read {file}: {error.strerror}.") from None


def _open_room(settings: Settings, file: BinaryIO) -> str:
    if not zipfile.is_zipfile(file):
        raise BadRequestError("This bundle is damaged, or isn't what its name says.")
    file.seek(0)

    def through_server(url: str) -> str:
        size = str(Path(file.name).stat().st_size)
        headers = {"Content-Type": MEDIA_TYPE, "Content-Length": size}
        with _asking(settings, url).open("POST", f"/api/bundles?{urlencode({'name': LEAD})}", file, headers) as answer:
            return str(msgspec.json.decode(answer.read())["recovery"])

    async def directly(studio: Studio) -> str:
        record = await studio.registry.open_bundle(file)
        async with studio.registry.hold(record.id) as held:
            lead = await held.people.welcome(LEAD, Role.LEAD)
        return f"{_base(settings)}/join#{studio.auth.recovery(record.id, lead.id)}"

    return ask_or_do(settings, through_server, directly)


def _add_page(settings: Settings, body: bytes, path: Path, room: str | None, title: str | None) -> str:
    kind = next((name for name, known in FORMATS.items() if f".{known.ending}" == path.suffix.lower()), "")
    kind = kind or {".markdown": "markdown", ".htm": "html"}.get(path.suffix.lower(), "")
    if kind not in READABLE.values():
        endings = ", ".join(f".{FORMATS[name].ending}" for name in dict.fromkeys(READABLE.values()))
        raise SettingError(f"A file that can be read ends with .{ENDING}, {endings}.")
    called = title or path.stem

    def through_server(url: str) -> str:
        ask = _asking(settings, url)
        target = room or str(ask("POST", "/api/rooms", {"title": called, "name": LEAD})["room"])
        page = ask("POST", f"/api/rooms/{target}/documents", {"title": called})["id"] if room else "main"
        headers = {"Content-Type": FORMATS[kind].media_type}
        with ask.open("PUT", f"/api/rooms/{target}/documents/{page}", body, headers) as answer:
            answer.read()
        made = ask("POST", f"/api/rooms/{target}/invites", {"role": Role.LEAD, "uses": 1})
        return f"{settings.public_url}/join#{made['invite']}" if settings.public_url else str(made["url"])

    async def directly(studio: Studio) -> str:
        if room is not None and await studio.store.room(room) is None:
            raise NoSuchRoomError(no_room(room))
        target = room or (await studio.registry.create(called))[0].id
        async with studio.registry.hold(target) as held:
            operator = await _operator(held)
            page = (await held.add_page(operator, called)).id if room else "main"
            await held.exchange.write(operator, page, kind, body)
            invite = await held.people.invite(None, Role.LEAD, uses=1)
        return f"{_base(settings)}/join#{studio.auth.seal(invite.id)}"

    return ask_or_do(settings, through_server, directly)


def _base(settings: Settings) -> str:
    return settings.public_url or local_url(settings, settings.port)
