"""Whose page a request comes from, which address it counts for, and what links begin with."""

from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from aiohttp.web import BaseRequest

from server.origin import address_of, base_url, host_of, is_own_origin
from server.settings import load

OWN = load({}, {})
PUBLIC = load({"public_url": "https://studio.example.org"}, {})
BEHIND = load({}, {"TUTTI_TRUSTED_PROXY": "127.0.0.1, 10.0.0.0/8, fd00::/8"})


def request(headers: dict[str, str], *, remote: str = "127.0.0.1") -> BaseRequest:
    return make_mocked_request("GET", "/", headers).clone(remote=remote)


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        (None, "a.example", True),
        ("http://a.example", "a.example", True),
        ("https://a.example", "a.example", True),
        ("https://A.example:443", "a.example", True),
        ("http://a.example:8000", "a.example:8000", True),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://a.example:8001", "a.example:8000", False),
        ("http://b.example", "a.example", False),
        ("http://a.example.b.example", "a.example", False),
        ("null", "a.example", False),
        ("", "a.example", False),
        ("http://", "", False),
        ("chrome-extension://a.example", "a.example", False),
    ],
)
def test_own_origins(origin: str | None, host: str, own: bool) -> None:
    headers = {"Host": host} | ({} if origin is None else {"Origin": origin})
    assert is_own_origin(request(headers), OWN) is own


def test_the_public_url_is_ours_whatever_a_proxy_makes_of_the_host() -> None:
    assert is_own_origin(request({"Host": "127.0.0.1:8000", "Origin": "https://studio.example.org"}), PUBLIC)
    assert not is_own_origin(request({"Host": "127.0.0.1:8000", "Origin": "http://studio.example.org"}), PUBLIC)


def test_links() -> None:
    asked = {"Host": "a.example:8000", "X-Forwarded-Proto": "https"}
    assert base_url(request(asked), OWN) == "http://a.example:8000"
    assert base_url(request(asked), BEHIND) == "https://a.example:8000"
    assert base_url(request(asked, remote="203.0.113.7"), BEHIND) == "http://a.example:8000"
    assert base_url(request(asked), PUBLIC) == "https://studio.example.org"
    renamed = asked | {"X-Forwarded-Host": "ignored.example, b.example"}
    assert base_url(request(renamed), OWN) == "http://a.example:8000"
    assert base_url(request(renamed, remote="10.1.2.3"), BEHIND) == "https://b.example"
    assert base_url(request(renamed | {"X-Forwarded-Host": "no host"}), BEHIND) == "https://localhost"


def test_whose_page_it_is_behind_a_proxy_that_renames() -> None:
    headers = {"Host": "127.0.0.1:8000", "X-Forwarded-Host": "b.example", "Origin": "https://b.example"}
    assert is_own_origin(request(headers), BEHIND)
    assert not is_own_origin(request(headers, remote="203.0.113.7"), BEHIND)
    assert not is_own_origin(request(headers), OWN)


@pytest.mark.parametrize("host", ["a b", "a.example/x", "a;b", "a'", "[::1", ""])
def test_a_host_that_is_none_goes_nowhere(host: str) -> None:
    assert host_of(request({"Host": host}), OWN) == "localhost"


@pytest.mark.parametrize(
    ("said", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("9.9.9.9, 203.0.113.7", "203.0.113.7"),
        ("9.9.9.9, 203.0.113.7, 10.1.2.3, fd00::5", "203.0.113.7"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7, nonsense", "unknown"),
        ("", "127.0.0.1"),
    ],
)
def test_addresses_behind_a_proxy(said: str, counted: str) -> None:
    forwarded = {"X-Forwarded-For": said}
    assert address_of(request(forwarded), BEHIND) == counted
    assert address_of(request(forwarded, remote="::ffff:127.0.0.1"), BEHIND) == counted
    assert address_of(request(forwarded, remote="198.51.100.2"), BEHIND) == "198.51.100.2"
    assert address_of(request(forwarded), OWN) == "127.0.0.1"
    assert address_of(request({}, remote=""), OWN) == "unknown"
