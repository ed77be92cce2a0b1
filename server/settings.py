"""Every setting, read once: flags over environment over a TOML file over defaults. Nobody else looks at the environment.

Each setting is a field of `Settings`. Its variable is `TUTTI_` and the field's name in capitals, its key in the file the same
name (a hyphen is as good as an underscore). Limits are `TUTTI_LIMIT_…`, and the table `[limits]` in the file.
Wrong values raise SettingError, whose sentence names the setting and where it came from.
"""

from __future__ import annotations

import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from rooms.errors import StudioError
from rooms.model import Limits

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PREFIX = "TUTTI_"
LIMIT_PREFIX = "TUTTI_LIMIT_"
SECRET_BYTES = 32
"""The shortest secret that is taken (RFC 7518, section 3.2: a key as long as the hash)."""

DURATION_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
LONGEST_S = 100 * 365 * 86_400


class SettingError(StudioError):
    """A setting that can't be used. The command ends with the sentence and exit status 2."""

    code = "setting"
    sentence = "A setting can't be used."


@dataclass(frozen=True, slots=True)
class Settings:
    """What the operator decides. Paths are as given, times in seconds."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0 asks for any free port."""
    data: Path = Path("data")
    """The folder that holds everything that is kept."""
    public_url: str | None = None
    """Where people reach the studio: scheme and host, no path. None: wherever a request says it came to."""
    database_url: str = ""
    """Empty: `tutti.sqlite` in the data folder."""
    secret_file: Path | None = None
    secret: str | None = field(default=None, repr=False)
    open_lobby: bool = False
    """Whether people who have no link may open rooms. Where nothing is said: only if the host is loopback."""
    log: str = "console"
    token_s: int = 30 * 86_400
    """How long the token of somebody who came by an invite is good. Pages renew theirs."""
    trusted_proxy: tuple[Network, ...] = ()
    """From where X-Forwarded-For, -Proto and -Host are believed: the addresses of the proxies in front."""
    tls: str = ""
    """`self-signed`: with a certificate of the studio's own making. Empty: with `tls_cert`, or without TLS."""
    tls_cert: Path | None = None
    """A PEM file: the certificate and those above it."""
    tls_key: Path | None = None
    media_host: str = ""
    """The address that the stage's sound comes to. Empty: every way from here to the outside."""
    media_port: int = 8189
    """The one UDP port of the stage. 0 asks for any free one."""
    public_ip: tuple[str, ...] = ()
    """Addresses at which people reach that port, where they aren't this machine's own: behind NAT, in a container."""
    turn_url: tuple[str, ...] = ()
    """TURN servers for people whose network lets no sound through to that port."""
    turn_secret: str | None = field(default=None, repr=False)
    """What it knows us by: coturn's `static-auth-secret`."""
    turn_s: int = 12 * 3600
    """How long what a member is given for it is good."""
    entries_per_minute: int = 120
    """How many rooms one address may open or join in a minute, without a token."""
    limits: Limits = field(default_factory=Limits)

    @property
    def has_tls(self) -> bool:
        return bool(self.tls) or self.tls_cert is not None

    @property
    def secret_path(self) -> Path:
        return self.secret_file or self.data / "secret"


def load(flags: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Puts the settings together. `flags` holds what was said on the command line (None: nothing), `config` among it."""
    file = _file(flags.get("config") or environment.get(f"{PREFIX}CONFIG"))
    sources = (
        ("--", {name: value for name, value in flags.items() if value is not None}),
        (PREFIX, {name: said for name in _READERS if (said := environment.get(PREFIX + name.upper()))}),
        ("", {name: value for name, value in file.items() if name != "limits"}),
    )
    values: dict[str, Any] = {}
    for name, read in _READERS.items():
        for prefix, source in sources:
            if name in source:
                values[name] = _read(_called(prefix, name), read, source[name])
                break
    values["limits"] = _limits(environment, file.get("limits", {}))
    settings = Settings(**values)
    if (settings.tls_cert is None) is not (settings.tls_key is None):
        raise SettingError("A certificate and its key go together: --tls-cert and --tls-key.")
    if settings.tls and settings.tls_cert is not None:
        raise SettingError("Either --tls self-signed, or a certificate of your own with --tls-cert.")
    if bool(settings.turn_url) is not (settings.turn_secret is not None):
        raise SettingError("A TURN server and its secret go together: --turn-url and --turn-secret.")
    return replace(
        settings,
        open_lobby=values.get("open_lobby", is_loopback(settings.host)),
        database_url=settings.database_url or f"sqlite:///{settings.data.absolute() / 'tutti.sqlite'}",
    )


def duration_s(value: object) -> int:
    """Seconds of `90`, `30m`, `12h` or `7d`. Raises ValueError."""
    match = re.fullmatch(r"(\d{1,10})\s*([smhdw]?)", str(value).strip().lower()) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError("must be a time such as 30m, 12h or 7d")
    seconds = int(match[1]) * DURATION_UNITS_S[match[2] or "s"]
    if not 0 < seconds <= LONGEST_S:
        raise ValueError("must be more than nothing and less than a century")
    return seconds


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def limits_help() -> str:
    """The limits and their defaults, a line each: for `--help`."""
    return "\n".join(f"{LIMIT_PREFIX}{limit.name.upper()}={limit.default}" for limit in fields(Limits))


# Reading single values. Each raises ValueError with what the value must be.


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("must be a word")
    return value.strip()


def _path(value: object) -> Path:
    return value if isinstance(value, Path) else Path(_text(value)).expanduser()


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        try:
            number = int(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None or not low <= number <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return number

    return read


def _seconds(value: object) -> float:
    try:
        number = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else 0.0
    except ValueError:
        number = 0.0
    if not 0 < number < LONGEST_S:
        raise ValueError("must be a number above 0")
    return number


def _yes(value: object) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    answer = known.get(str(value).strip().lower())
    if answer is None:
        raise ValueError("must be yes or no")
    return answer


def _log(value: object) -> str:
    if value not in {"json", "console"}:
        raise ValueError("must be json or console")
    return str(value)


def _tls(value: object) -> str:
    if value != "self-signed":
        raise ValueError("must be self-signed; a certificate of your own is --tls-cert and --tls-key")
    return str(value)


def _networks(value: object) -> tuple[Network, ...]:
    words = value if isinstance(value, list) else str(value).split(",")
    try:
        return tuple(ipaddress.ip_network(_text(word)) for word in words)
    except ValueError:
        raise ValueError("must be addresses or networks, like 127.0.0.1,10.0.0.0/8") from None


def _ip(value: object) -> str:
    try:
        return str(ipaddress.ip_address(_text(value)))
    except ValueError:
        raise ValueError("must be an address, like 192.0.2.7") from None


def _ips(value: object) -> tuple[str, ...]:
    return tuple(_ip(word) for word in (value if isinstance(value, list) else str(value).split(",")))


def _url(value: object) -> str:
    text = _text(value).rstrip("/").lower()
    if not re.fullmatch(r"https?://([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?", text):
        raise ValueError("must be like https://studio.example.org, with no path")
    return text


def _turn_urls(value: object) -> tuple[str, ...]:
    words = [_text(word) for word in (value if isinstance(value, list) else str(value).split(","))]
    if not all(
        re.fullmatch(r"turns?:([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?", word) for word in words
    ):
        raise ValueError("must be like turn:turn.example.org:3478?transport=udp")
    return tuple(words)


def _database(value: object) -> str:
    text = _text(value)
    if not re.fullmatch(r"sqlite:///.+", text) or text.endswith(":memory:"):
        raise ValueError("must name a file, like sqlite:////var/lib/tutti/tutti.sqlite")
    return text


def _secret(value: object) -> str:
    text = str(value)
    if len(text.encode()) < SECRET_BYTES:
        raise ValueError(f"must be at least {SECRET_BYTES} bytes long")
    return text


_READERS: Mapping[str, Callable[[object], Any]] = {
    "host": _text,
    "port": _whole(0, 65_535),
    "data": _path,
    "public_url": _url,
    "database_url": _database,
    "secret_file": _path,
    "secret": _secret,
    "open_lobby": _yes,
    "log": _log,
    "token_s": duration_s,
    "trusted_proxy": _networks,
    "tls": _tls,
    "tls_cert": _path,
    "tls_key": _path,
    "media_host": _ip,
    "media_port": _whole(0, 65_535),
    "public_ip": _ips,
    "turn_url": _turn_urls,
    "turn_secret": _text,
    "turn_s": duration_s,
    "entries_per_minute": _whole(1, 1_000_000),
}


def _called(prefix: str, name: str) -> str:
    if prefix == "--":
        return f"--{name.replace('_', '-')}"
    return prefix + name.upper() if prefix else f"{name} in the configuration file"


def _read(called: str, read: Callable[[object], Any], value: object) -> Any:
    try:
        return read(value)
    except ValueError as error:
        raise SettingError(f"{called} {error}.") from None


def _limits(environment: Mapping[str, str], table: object) -> Limits:
    if not isinstance(table, dict):
        raise SettingError("limits in the configuration file must be a table.")
    kinds, usual = get_type_hints(Limits), Limits()
    given: dict[str, tuple[str, object]] = {str(name).replace("-", "_"): (f"limits.{name}", table[name]) for name in table}
    for variable in environment:
        if variable.startswith(LIMIT_PREFIX):
            given[variable.removeprefix(LIMIT_PREFIX).lower()] = (variable, environment[variable])
    values: dict[str, Any] = {}
    for name, (called, value) in given.items():
        if name not in kinds:
            raise SettingError(f"{called}: there is no such limit.")
        low = 0 if getattr(usual, name) == 0 else 1  # a limit that is off by default can be put off again
        values[name] = _read(called, _seconds if kinds[name] is float else _whole(low, 1 << 40), value)
    return Limits(**values)


def _file(path: str | Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        with Path(path).open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise SettingError(f"The configuration file {path} can't be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"The configuration file {path} isn't TOML: {error}.") from None
    named = {name.replace("-", "_"): value for name, value in table.items()}
    # A secret in a file that is shown around is no secret: it has its own file, or the environment.
    unknown = sorted(named.keys() - (_READERS.keys() - {"secret"}) - {"limits"})
    if unknown:
        raise SettingError(f"The configuration file {path} sets {unknown[0]}, which there is not.")
    return named
