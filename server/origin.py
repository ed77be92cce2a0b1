"""Where a request comes from: whose page sent it, from which address, and what the studio is called from there.

A browser says in `Origin` (RFC 6454) which page sent a request. Only the studio's own pages may change anything or open a
socket; programs that aren't browsers send none. Only what the operator trusts is read from a proxy's headers.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from aiohttp import web

from server.settings import Settings

DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def is_own_origin(headers: Mapping[str, str], settings: Settings) -> bool:
    """Whether the request was sent by a page of this studio, or by no page at all."""
    origin = headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    if scheme not in DEFAULT_PORTS or not host:
        return False
    if settings.public_url is not None and origin.lower() == _without_default_port(settings.public_url):
        return True
    port = DEFAULT_PORTS[scheme]
    return host.removesuffix(port) == headers.get("Host", "").lower().removesuffix(port)


def base_url(request: web.Request, settings: Settings) -> str:
    """What links to this studio begin with."""
    if settings.public_url is not None:
        return settings.public_url
    scheme = request.headers.get("X-Forwarded-Proto", "") if settings.trust_proxy else ""
    return f"{scheme if scheme in DEFAULT_PORTS else request.scheme}://{host_of(request)}"


def host_of(request: web.Request) -> str:
    """The Host header where it is one, else the address that was listened on: it goes into links and headers."""
    host = request.headers.get("Host", "")
    if re.fullmatch(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", host):
        return host
    return "localhost"


def address_of(request: web.BaseRequest, settings: Settings) -> str:
    """Whom a rate limit counts: an IPv4 address or an IPv6 network of 64 bits, since a household has all of one."""
    said = request.remote or ""
    if settings.trust_proxy:
        said = request.headers.get("X-Forwarded-For", said).rpartition(",")[2].strip()
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)


def _without_default_port(url: str) -> str:
    return url.removesuffix(DEFAULT_PORTS[url.partition("://")[0]])
