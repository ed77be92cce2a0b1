"""Settings: which source wins, what each kind of value takes, and the sentence for what it doesn't."""

from __future__ import annotations

import dataclasses
from ipaddress import ip_network
from pathlib import Path

import pytest

from rooms.model import Limits
from server.settings import SettingError, Settings, duration_s, is_loopback, limits_help, load

EVERYWHERE = "0.0.0.0"  # noqa: S104


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "tutti.toml"
    path.write_text(text)
    return str(path)


def test_defaults() -> None:
    settings = load({}, {})
    assert (settings.host, settings.port, settings.data) == ("127.0.0.1", 8000, Path("data"))
    assert settings.database_url == f"sqlite:///{Path('data').absolute()}/tutti.sqlite"
    assert settings.limits == Limits()
    assert settings.public_url is None
    assert settings.open_lobby


def test_flags_win_over_environment_over_file_over_defaults(tmp_path: Path) -> None:
    config = write(tmp_path, 'host = "10.0.0.1"\nport = 1\nlog = "json"\n')
    environment = {"TUTTI_CONFIG": config, "TUTTI_PORT": "2", "TUTTI_HOST": "10.0.0.2"}
    settings = load({"host": "10.0.0.3", "port": None}, environment)
    assert (settings.host, settings.port, settings.log) == ("10.0.0.3", 2, "json")


def test_the_flag_names_the_file(tmp_path: Path) -> None:
    assert load({"config": write(tmp_path, "port = 7\n")}, {"TUTTI_CONFIG": "/nowhere"}).port == 7


def test_an_empty_variable_says_nothing() -> None:
    assert load({}, {"TUTTI_PUBLIC_URL": "", "TUTTI_PORT": ""}).port == 8000


def test_proxies_may_be_a_list_in_the_file(tmp_path: Path) -> None:
    config = write(tmp_path, 'trusted-proxy = ["127.0.0.1", "10.0.0.0/8"]\n')
    assert load({"config": config}, {}).trusted_proxy == (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"))


def test_keys_may_have_hyphens_and_limits_their_table(tmp_path: Path) -> None:
    config = write(tmp_path, 'public-url = "https://studio.example.org/"\n[limits]\nname-chars = 9\npulse_s = 0.5\n')
    settings = load({"config": config}, {"TUTTI_LIMIT_NAME_CHARS": "10"})
    assert settings.public_url == "https://studio.example.org"
    assert (settings.limits.name_chars, settings.limits.pulse_s) == (10, 0.5)


def test_every_setting_and_every_limit_has_a_variable(tmp_path: Path) -> None:
    said = {
        "host": ("::1", "::1"),
        "port": ("81", 81),
        "data": (str(tmp_path), tmp_path),
        "public_url": ("http://a.example", "http://a.example"),
        "database_url": ("sqlite:////x", "sqlite:////x"),
        "secret_file": ("/s", Path("/s")),
        "secret": ("x" * 32, "x" * 32),
        "open_lobby": ("no", False),
        "log": ("json", "json"),
        "token_s": ("2h", 7200),
        "trusted_proxy": ("127.0.0.1,fd00::/8", (ip_network("127.0.0.1"), ip_network("fd00::/8"))),
        "tls_cert": ("/c", Path("/c")),
        "tls_key": ("/k", Path("/k")),
        "media_host": ("127.0.0.2", "127.0.0.2"),
        "media_port": ("0", 0),
        "public_ip": ("192.0.2.7,2001:db8::7", ("192.0.2.7", "2001:db8::7")),
        "turn_url": ("turn:a.example,turns:[::1]:99?transport=tcp", ("turn:a.example", "turns:[::1]:99?transport=tcp")),
        "turn_secret": ("s", "s"),
        "turn_s": ("1h", 3600),
        "entries_per_minute": ("3", 3),
    }
    assert said.keys() == {field.name for field in dataclasses.fields(Settings)} - {"limits", "tls"}
    assert load({}, {"TUTTI_TLS": "self-signed"}).has_tls
    settings = load({}, {f"TUTTI_{name.upper()}": text for name, (text, _) in said.items()})
    assert {name: getattr(settings, name) for name in said} == {name: value for name, (_, value) in said.items()}
    limits = {name: usual + 1 for name, usual in dataclasses.asdict(Limits()).items()}
    changed = load({}, {f"TUTTI_LIMIT_{name.upper()}": str(value) for name, value in limits.items()})
    assert dataclasses.asdict(changed.limits) == limits
    assert load({}, {"TUTTI_LIMIT_SEND_BUFFER_BYTES": "0"}).limits.send_buffer_bytes == 0
    assert all(f"TUTTI_LIMIT_{name.upper()}=" in limits_help() for name in limits)


@pytest.mark.parametrize(
    ("flags", "environment", "sentence"),
    [
        ({"port": "eighty"}, {}, "--port must be a whole number from 0 to 65535."),
        ({}, {"TUTTI_PORT": "70000"}, "TUTTI_PORT must be a whole number from 0 to 65535."),
        ({"public_url": "studio.example.org"}, {}, "--public-url must be like https://studio.example.org, with no path."),
        ({"public_url": "https://a.example/x"}, {}, "--public-url must be like https://studio.example.org, with no path."),
        ({"public_url": "https://user@a.example"}, {}, "--public-url must be like https://studio.example.org, with no path."),
        ({"log": "xml"}, {}, "--log must be json or console."),
        ({"host": " "}, {}, "--host must be a word."),
        ({}, {"TUTTI_OPEN_LOBBY": "maybe"}, "TUTTI_OPEN_LOBBY must be yes or no."),
        ({}, {"TUTTI_TOKEN_S": "soon"}, "TUTTI_TOKEN_S must be a time such as 30m, 12h or 7d."),
        ({}, {"TUTTI_SECRET": "short"}, "TUTTI_SECRET must be at least 32 bytes long."),
        ({}, {"TUTTI_LIMIT_PULSE_S": "0"}, "TUTTI_LIMIT_PULSE_S must be a number above 0."),
        ({}, {"TUTTI_LIMIT_PULSE_S": "nan"}, "TUTTI_LIMIT_PULSE_S must be a number above 0."),
        ({}, {"TUTTI_LIMIT_NAME_CHARS": "-1"}, f"TUTTI_LIMIT_NAME_CHARS must be a whole number from 1 to {1 << 40}."),
        ({}, {"TUTTI_LIMIT_NAMECHARS": "1"}, "TUTTI_LIMIT_NAMECHARS: there is no such limit."),
        ({"trusted_proxy": "yes"}, {}, "--trusted-proxy must be addresses or networks, like 127.0.0.1,10.0.0.0/8."),
        ({"trusted_proxy": "10.0.0.1/8"}, {}, "--trusted-proxy must be addresses or networks, like 127.0.0.1,10.0.0.0/8."),
        ({"tls": "on"}, {}, "--tls must be self-signed; a certificate of your own is --tls-cert and --tls-key."),
        ({"turn_url": "turn:a"}, {}, "A TURN server and its secret go together: --turn-url and --turn-secret."),
        ({"turn_url": "stun:a"}, {}, "--turn-url must be like turn:turn.example.org:3478?transport=udp."),
        ({"tls_cert": "c.pem"}, {}, "A certificate and its key go together: --tls-cert and --tls-key."),
        (
            {"tls": "self-signed", "tls_cert": "c.pem", "tls_key": "k.pem"},
            {},
            "Either --tls self-signed, or a certificate of your own with --tls-cert.",
        ),
        ({"config": "/nowhere/t.toml"}, {}, "The configuration file /nowhere/t.toml can't be read: No such file or directory."),
    ],
)
def test_a_wrong_value_is_one_sentence(flags: dict[str, str], environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        load(flags, environment)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("prot = 1", "sets prot, which there is not."),
        ('secret = "' + "x" * 40 + '"', "sets secret, which there is not."),
        ("port = ", "isn't TOML"),
        ("limits = 1", "limits in the configuration file must be a table."),
        ("[limits]\nnames = 1", "limits.names: there is no such limit."),
        ("port = true", "port in the configuration file must be a whole number"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises(SettingError, match=part):
        load({"config": write(tmp_path, text)}, {})


def test_the_lobby_is_open_only_where_nobody_else_comes_by() -> None:
    assert not load({"host": EVERYWHERE}, {}).open_lobby
    assert load({"host": "localhost"}, {}).open_lobby
    assert load({"host": EVERYWHERE, "open_lobby": True}, {}).open_lobby
    assert not load({"open_lobby": False}, {"TUTTI_OPEN_LOBBY": "yes"}).open_lobby


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("12h", 43_200), ("7d", 604_800), ("2W", 1_209_600)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5h", "7 days", "99999d", "d", True])
def test_what_is_no_duration(text: object) -> None:
    with pytest.raises(ValueError, match=r"must be"):
        duration_s(text)


def test_loopback() -> None:
    assert [is_loopback(host) for host in ("127.0.0.2", "::1", "[::1]", "LOCALHOST")] == [True] * 4
    assert [is_loopback(host) for host in (EVERYWHERE, "::", "192.168.1.1", "example.org")] == [False] * 4


def test_the_secret_is_not_shown() -> None:
    assert "x" * 32 not in repr(load({}, {"TUTTI_SECRET": "x" * 32}))
