"""Tokens, invites and the secret: what is taken, what isn't, and who comes in with what."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest

from rooms.errors import NoSuchRoomError, NotGrantedError, ShuttingDownError, UnknownPersonError
from rooms.model import Role
from rooms.registry import Registry
from server.auth import Auth, Claims, admit, is_name, load_secret
from server.settings import SettingError, load

SECRET = b"s" * 32
DAY_S = 86_400


@pytest.fixture
def auth() -> Auth:
    return Auth(SECRET, DAY_S)


def payload(**changes: object) -> dict[str, object]:
    now = int(time.time())
    said: dict[str, object] = {"room": "r", "sub": "m", "name": "Ada", "exp": now + 3600, "iat": now, "jti": "j"}
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


# Tokens


def test_a_token_says_what_was_signed(auth: Auth) -> None:
    claims = auth.read(auth.sign("r", "m", "Ada", role=Role.LEAD, create=True, lifetime_s=60))
    assert (claims.room, claims.sub, claims.name, claims.role, claims.create) == ("r", "m", "Ada", Role.LEAD, True)
    assert 58 <= claims.exp - time.time() <= 60
    assert not claims.is_operator
    assert auth.read(auth.sign("*", "m", "Ada")).is_operator


def test_two_tokens_are_never_the_same(auth: Auth) -> None:
    assert auth.sign("r", "m", "Ada") != auth.sign("r", "m", "Ada")


def test_a_token_of_somebody_who_knows_the_secret(auth: Auth) -> None:
    foreign = jwt.encode(payload(iat=None, jti=None, role="spectator"), SECRET, algorithm="HS256")
    assert auth.read(foreign) == Claims("r", "m", "Ada", exp=auth.read(foreign).exp, role=Role.SPECTATOR)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 1},
        {"exp": None},
        {"exp": "never"},
        {"room": None},
        {"sub": None},
        {"sub": 7},
        {"name": ["Ada"]},
        {"role": "king"},
        {"create": "yes"},
        {"nbf": int(time.time()) + 3600},
    ],
)
def test_claims_that_are_not_taken(auth: Auth, changes: dict[str, object]) -> None:
    with pytest.raises(UnknownPersonError):
        auth.read(encode(payload(**changes)))


def encode(said: dict[str, object], header: dict[str, str] | None = None, secret: bytes = SECRET) -> str:
    """A token whose signature is right, whatever it says: PyJWT refuses to make some of these."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    signed = f"{part(header or {'alg': 'HS256', 'typ': 'JWT'})}.{part(said)}"
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(signed.encode(), secret)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_the_encoder_of_these_tests_makes_good_tokens_too(auth: Auth) -> None:
    assert auth.read(encode(payload())).name == "Ada"


def test_forged_tokens(auth: Auth) -> None:
    good = auth.sign("r", "m", "Ada")
    head, body, signature = good.split(".")
    unsigned = jwt.encode(payload(), "", algorithm="none")
    for forged in (
        encode(payload(), secret=b"t" * 32),
        encode(payload(), header={"alg": "none"}),
        jwt.encode(payload(), SECRET * 2, algorithm="HS512"),
        unsigned,
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{head}.{jwt.encode(payload(room='other'), SECRET, algorithm='HS256').split('.')[1]}.{signature}",
        "",
        ".",
        "..",
        "a.b.c",
        "ü.ü.ü",
        "\udcff" * 8,
        good + "A" * 5000,
    ):
        with pytest.raises(UnknownPersonError):
            auth.read(forged)
    with pytest.raises(UnknownPersonError):
        auth.read(None)


def test_a_renewed_token_lives_as_long_as_the_first_one_did(auth: Auth) -> None:
    now = int(time.time())
    claims = Claims("r", "m", "Ada", exp=now + 10, iat=now - 50, jti="j", role=Role.LEAD, create=True)
    renewed = auth.read(auth.renew(claims))
    assert renewed.exp - renewed.iat == 60
    assert replace_times(renewed) == replace_times(claims)
    foreign = auth.read(auth.renew(Claims("r", "m", "Ada", exp=now + 10)))
    assert foreign.exp - foreign.iat == DAY_S


def replace_times(claims: Claims) -> tuple[object, ...]:
    return claims.room, claims.sub, claims.name, claims.role, claims.create


# Invites


def test_invites_are_sealed_and_unsealed(auth: Auth) -> None:
    sealed = auth.seal("abc123")
    assert auth.unseal(sealed) == "abc123"
    assert len(sealed.partition(".")[2]) == 22  # 128 bits


@pytest.mark.parametrize(
    "forge", [str.upper, lambda s: s[:-1], lambda s: s + "A", lambda s: "x" + s, lambda s: s.partition(".")[0]]
)
def test_forged_invites(auth: Auth, forge: object) -> None:
    assert callable(forge)
    with pytest.raises(UnknownPersonError):
        auth.unseal(forge(auth.seal("abc123")))


@pytest.mark.parametrize("made_up", ["", ".", "a.b.c", "ü", "\udcff", "a" * 100_000])
def test_made_up_invites(auth: Auth, made_up: str) -> None:
    with pytest.raises(UnknownPersonError):
        auth.unseal(made_up)


def test_another_studio_made_other_invites(auth: Auth) -> None:
    with pytest.raises(UnknownPersonError):
        auth.unseal(Auth(b"t" * 32, DAY_S).seal("abc123"))


@pytest.mark.parametrize("room", ["attic", "a.b-c_d.e", "r.attic", "x" * 64])
def test_a_recovery_link_names_one_member_of_one_room(room: str) -> None:
    auth, other = Auth(b"s" * 48, DAY_S), Auth(b"t" * 48, DAY_S)
    recovery = auth.recovery(room, "5aicuimczp")
    assert auth.recover(recovery) == (room, "5aicuimczp")
    room_and_member, _, signature = recovery.rpartition(".")
    for wrong in (
        other.recovery(room, "5aicuimczp"),
        f"{room_and_member[:-1]}q.{signature}",
        f"r.another.5aicuimczp.{signature}",
        recovery.removeprefix("r."),
        recovery + "A",
        auth.seal("5aicuimczp"),
        f"r.{auth.seal('5aicuimczp')}",
        "",
    ):
        with pytest.raises(UnknownPersonError):
            auth.recover(wrong)
    with pytest.raises(UnknownPersonError):
        auth.unseal(recovery)


def test_names() -> None:
    assert all(is_name(name) for name in ("a", "A-b_c.d", "9", "-", "x" * 64))
    assert not any(is_name(name) for name in ("", ".a", "..", "a/b", "a b", "é", "a\n", "x" * 65, "*"))


# The secret


def test_the_secret_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    settings = load({"data": tmp_path / "data"}, {})
    secret = load_secret(settings)
    assert len(secret) >= 32
    assert load_secret(settings) == secret
    assert settings.secret_path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in settings.data.iterdir()] == ["secret"]


def test_two_first_starts_at_once_share_a_secret(tmp_path: Path) -> None:
    program = (
        "import sys; from server.auth import load_secret; from server.settings import load; sys.stdin.read(); "
        "print(load_secret(load({'data': sys.argv[1]}, {})).hex())"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "data")]
    starts = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(4)]
    for start in starts:
        assert start.stdin is not None
        start.stdin.close()
        start.stdin = None
    assert len({start.communicate(timeout=60)[0] for start in starts}) == 1
    assert all(start.returncode == 0 for start in starts)


def test_the_environment_and_a_file_come_before_the_folder(tmp_path: Path) -> None:
    file = tmp_path / "elsewhere"
    file.write_bytes(b"f" * 40 + b"\n")
    file.chmod(0o444)
    assert load_secret(load({"data": tmp_path, "secret_file": file}, {})) == b"f" * 40
    assert load_secret(load({"data": tmp_path, "secret_file": file}, {"TUTTI_SECRET": "e" * 32})) == b"e" * 32
    assert not (tmp_path / "secret").exists()


def test_secrets_that_are_not_taken(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"x" * 31)
    with pytest.raises(SettingError, match="at least 32 bytes"):
        load_secret(load({"secret_file": short}, {}))
    with pytest.raises(SettingError, match="can't be read"):
        load_secret(load({"secret_file": tmp_path / "none"}, {}))
    settings = load({"data": tmp_path}, {})
    load_secret(settings)
    settings.secret_path.chmod(0o640)
    with pytest.raises(SettingError, match="chmod 600"):
        load_secret(settings)


# Coming in


async def test_the_operator_comes_in_everywhere_and_makes_the_room(auth: Auth, registry: Registry) -> None:
    token = auth.sign("*", "op", "Op", role=Role.CONTRIBUTOR)
    async with admit(registry, auth, "new", token) as (room, member):
        assert (room.id, member.id, member.role) == ("new", "op", Role.CONTRIBUTOR)
        assert room.holds == 1
    with pytest.raises(NoSuchRoomError):
        async with admit(registry, auth, "..", token):
            pass


async def test_a_guest_comes_in_where_the_token_is_for(auth: Auth, registry: Registry) -> None:
    record, lead = await registry.create("Songs", "Ada")
    assert lead is not None
    token = auth.sign(record.id, lead.id, lead.name)
    async with admit(registry, auth, record.id, token) as (_, member):
        assert member == lead
    for room_id, shown in ((record.id, None), ("other", token), (record.id, auth.sign(record.id, "nobody", "Nobody"))):
        with pytest.raises(UnknownPersonError):
            async with admit(registry, auth, room_id, shown):
                pass
    with pytest.raises(NoSuchRoomError):
        async with admit(registry, auth, "gone", auth.sign("gone", lead.id, lead.name)):
            pass
    async with admit(registry, auth, "made", auth.sign("made", "m", "Ada", role=Role.LEAD, create=True)) as (_, member):
        assert member.role is Role.LEAD


async def test_the_role_in_a_token_counts_only_the_first_time(auth: Auth, registry: Registry) -> None:
    await registry.create("Songs", room_id="r")
    for role in (Role.SPECTATOR, Role.LEAD):
        async with admit(registry, auth, "r", auth.sign("r", "m", "Ada", role=role)) as (_, member):
            assert member.role is Role.SPECTATOR


async def test_removed_members_and_a_stopping_studio_let_nobody_in(auth: Auth, registry: Registry) -> None:
    record, lead = await registry.create("Songs", "Ada")
    assert lead is not None
    token = auth.sign(record.id, "m", "Bo", role=Role.CONTRIBUTOR)
    async with admit(registry, auth, record.id, token) as (room, member):
        await room.people.remove(lead, member.id)
    with pytest.raises(NotGrantedError):
        async with admit(registry, auth, record.id, token):
            pass
    async with admit(registry, auth, record.id, auth.sign(record.id, lead.id, lead.name)):
        registry.draining = True
        with pytest.raises(ShuttingDownError):
            async with admit(registry, auth, record.id, auth.sign(record.id, lead.id, lead.name)):
                pass
        registry.draining = False


def test_what_no_token_needs_is_not_loaded() -> None:
    said = "import sys, server.app; print([name for name in sys.modules if name.partition('.')[0] == 'cryptography'])"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
