"""Who comes in: the secret, tokens (JWT, RFC 7519, HS256 alone), signed invites and recovery links. What they may do is the
room's to say.

A token names a room, a member and a name; `role` counts only where the member's row is first made. Room `*` is the operator's:
it opens every room and makes the one that isn't there. An invite is `ID.SIGNATURE`, so that made-up ones never reach the store.
"""

from __future__ import annotations

import hmac
import os
import secrets
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import cast

import msgspec

from rooms.errors import NoSuchRoomError, ShuttingDownError, UnknownPersonError
from rooms.model import Member, Role
from rooms.registry import ROOM_NAME, Registry
from rooms.room import Room
from server.settings import SECRET_BYTES, SettingError, Settings

# PyJWT loads `cryptography` where it is there, for algorithms that no token here has: 8 MB, of which nothing is used.
_loaded = sys.modules.get("cryptography")
sys.modules["cryptography"] = cast(ModuleType, None)
try:
    import jwt
finally:
    if _loaded is None:
        del sys.modules["cryptography"]
    else:
        sys.modules["cryptography"] = _loaded

EVERY_ROOM = "*"
TOKEN_CHARS = 4096
RECOVERY = "r."
"""What a recovery link begins with; no invite does, for their ids hold no dot."""


def is_name(text: str) -> bool:
    """Whether a room or a document may be called that."""
    return ROOM_NAME.fullmatch(text) is not None


class Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a token says. `exp` and `iat` in seconds since 1970."""

    room: str
    sub: str
    name: str
    exp: int
    iat: int = 0
    jti: str = ""
    role: Role | None = None
    create: bool = False

    @property
    def is_operator(self) -> bool:
        return self.room == EVERY_ROOM


class Auth:
    """Signs and reads tokens and invites with the studio's secret."""

    def __init__(self, secret: bytes, token_s: int) -> None:
        self._secret = secret
        self._token_s = token_s
        # As it is, the secret would be looked over for other kinds of keys at each token: a tenth of what a join costs.
        encoded = urlsafe_b64encode(secret).rstrip(b"=").decode()
        self._key = jwt.PyJWK({"kty": "oct", "k": encoded}, "HS256")

    def sign(
        self,
        room: str,
        sub: str,
        name: str,
        *,
        role: Role | None = None,
        create: bool = False,
        lifetime_s: int | None = None,
    ) -> str:
        """A token, good for `lifetime_s` from now (by default the studio's setting)."""
        now = int(time.time())
        exp = now + (self._token_s if lifetime_s is None else lifetime_s)
        claims = Claims(room, sub, name, exp=exp, iat=now, jti=secrets.token_urlsafe(12), role=role, create=create)
        return jwt.encode(msgspec.to_builtins(claims), self._key, algorithm="HS256")

    def renew(self, claims: Claims) -> str:
        """The same token for as long again as it was first made for: never for longer."""
        return self.sign(
            claims.room,
            claims.sub,
            claims.name,
            role=claims.role,
            create=claims.create,
            lifetime_s=claims.exp - claims.iat if claims.iat else None,
        )

    def read(self, token: str | None) -> Claims:
        """Raises UnknownPersonError for whatever isn't a token of this studio that is good now."""
        if not token or len(token) > TOKEN_CHARS or not token.isascii():
            raise UnknownPersonError
        try:
            payload = jwt.decode(token, self._key, algorithms=["HS256"], options={"require": ["exp"], "verify_iat": False})
            return msgspec.convert(payload, Claims)
        except jwt.ExpiredSignatureError:
            raise UnknownPersonError("This link or token has run out. Ask for a new invite.") from None
        except (jwt.InvalidTokenError, msgspec.ValidationError):
            raise UnknownPersonError from None

    def seal(self, invite_id: str) -> str:
        """`ID.SIGNATURE`: what people are given."""
        return f"{invite_id}.{self._signature(f'tutti invite:{invite_id}')}"

    def recovery(self, room: str, member: str) -> str:
        """`r.ROOM.MEMBER.SIGNATURE`: lets this member in again, on another device or after a token was lost."""
        return f"{RECOVERY}{room}.{member}.{self._signature(f'tutti recovery:{room}:{member}')}"

    def recover(self, recovery: str) -> tuple[str, str]:
        """Room and member. Raises UnknownPersonError for a link that this studio never gave out."""
        room, _, rest = recovery.removeprefix(RECOVERY).rpartition(".")[0].rpartition(".")
        if not recovery.isascii() or not hmac.compare_digest(recovery, self.recovery(room, rest)):
            raise UnknownPersonError("This link is not valid here.")
        return room, rest

    def _signature(self, said: str) -> str:
        """HMAC-SHA256, cut to 128 bits (RFC 2104, section 5)."""
        digest = hmac.digest(self._secret, said.encode(), "sha256")
        return urlsafe_b64encode(digest[:16]).rstrip(b"=").decode()

    def unseal(self, invite: str) -> str:
        """The invite's id. Raises UnknownPersonError for one that this studio never gave out."""
        invite_id, _, _ = invite.partition(".")
        if not invite.isascii() or not hmac.compare_digest(invite, self.seal(invite_id)):
            raise UnknownPersonError("This invite is not valid here.")
        return invite_id


def hold(registry: Registry, claims: Claims, room_id: str) -> AbstractAsyncContextManager[Room]:
    """The room, kept open meanwhile, for whoever has these claims. Raises what `admit` does, except about the member."""
    if not claims.is_operator and claims.room != room_id:
        raise UnknownPersonError
    if not is_name(room_id):
        raise NoSuchRoomError
    if registry.draining:
        raise ShuttingDownError
    return registry.hold(room_id, create=claims.is_operator or claims.create)


@asynccontextmanager
async def enter(registry: Registry, claims: Claims, room_id: str) -> AsyncIterator[tuple[Room, Member]]:
    """`admit`, for a token that has been read."""
    async with hold(registry, claims, room_id) as room:
        yield room, await room.people.admit(claims.sub, claims.name, claims.role, operator=claims.is_operator)


@asynccontextmanager
async def admit(registry: Registry, auth: Auth, room_id: str, token: str | None) -> AsyncIterator[tuple[Room, Member]]:
    """The room, held for as long as the context is, and who the token says is there. The way in of every door.

    Raises UnknownPersonError, NotGrantedError (removed), NoSuchRoomError, ShuttingDownError.
    """
    async with enter(registry, auth.read(token), room_id) as entered:
        yield entered


def load_secret(settings: Settings) -> bytes:
    """The studio's secret: from the environment, the operator's file, or the data folder, where it is made on first start."""
    if settings.secret is not None:
        return settings.secret.encode()
    path = settings.secret_path
    if settings.secret_file is None and not path.exists():
        _make_secret(settings)
    try:
        secret = path.read_bytes().strip()
        readable = path.stat().st_mode & 0o077
    except OSError as error:
        raise SettingError(f"The secret in {path} can't be read: {error.strerror}.") from None
    if len(secret) < SECRET_BYTES:
        raise SettingError(f"The secret in {path} must be at least {SECRET_BYTES} bytes long.")
    if readable and settings.secret_file is None:
        raise SettingError(f"The secret in {path} can be read by others. Run: chmod 600 {path}")
    return secret


def _make_secret(settings: Settings) -> None:
    """Written whole and then linked to its name: whoever comes second, a server or a command beside it, finds the first's."""
    path = settings.secret_path
    new = path.with_name(f"secret.{os.getpid()}")
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_urlsafe(48).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(new, path)
        except FileExistsError:
            pass
        finally:
            new.unlink()
    except OSError as error:
        raise SettingError(f"The secret can't be kept in {settings.data}: {error.strerror}.") from None
