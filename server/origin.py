"""Where a request comes from: whose page sent it, from which address, and what the studio is called from there.

A browser says in `Origin` (RFC 6454) which page sent a request. Only the studio's own pages may change anything or open a
socket; programs that aren't browsers send none. What a proxy says in X-Forwarded-For, -Proto and -Host is believed only if the
request came from an address that the operator trusts: anybody can send these headers.
"""

from __future__ import annotations

import ipaddress
import re

from aiohttp import web

from server.settings import Settings

DEFAULT_PORTS = {"http": ":80", "https": ":443"}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_own_origin(request: web.BaseRequest, settings: Settings) -> bool:
    """Whether the request was sent by a page of this studio, or by no page at all."""
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    scheme, _, host = origin.lower().partition("://")
    if scheme not in DEFAULT_PORTS or not host:
        return False
    if settings.public_url is not None and origin.lower() == _without_default_port(settings.public_url):
        return True
    port = DEFAULT_PORTS[scheme]
    return host.removesuffix(port) == _said_host(request, settings).lower().removesuffix(port)


def base_url(request: web.BaseRequest, settings: Settings) -> str:
    """What links to this studio begin with."""
    if settings.public_url is not None:
        return settings.public_url
    scheme = _forwarded(request, "X-Forwarded-Proto", settings)
    return f"{scheme if scheme in DEFAULT_PORTS else request.scheme}://{host_of(request, settings)}"


def host_of(request: web.BaseRequest, settings: Settings) -> str:
    """The host that was asked for, where it is one, else the address that was listened on: it goes into links and headers."""
    host = _said_host(request, settings)
    if re.fullmatch(r"([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?", host):
        return host
    return "localhost"


def address_of(request: web.BaseRequest, settings: Settings) -> str:
    """Whom a rate limit counts: an IPv4 address or an IPv6 network of 64 bits, since a household has all of one.

    Through proxies it is the last address that isn't a trusted proxy's: what stands before it may be invented.
    """
    address = _peer(request)
    forwarded = request.headers.getall("X-Forwarded-For", [])
    for said in reversed(",".join(forwarded).split(",")):
        if address is None or not _is_trusted(address, settings):
            break
        if said.strip():
            address = _address(said.strip())
    if address is None:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return str(address)


def arrived_at(request: web.BaseRequest, settings: Settings) -> str:
    """The address of ours that a request came to; nothing where a trusted proxy stands between."""
    peer = _peer(request)
    if peer is None or _is_trusted(peer, settings) or request.transport is None:
        return ""
    ours = _address(str(request.transport.get_extra_info("sockname")[0]))
    return "" if ours is None or ours.is_link_local else str(ours)


def _said_host(request: web.BaseRequest, settings: Settings) -> str:
    return _forwarded(request, "X-Forwarded-Host", settings) or request.headers.get("Host", "")


def _forwarded(request: web.BaseRequest, header: str, settings: Settings) -> str:
    """What the nearest proxy says; nothing where the request doesn't come from a trusted one."""
    peer = _peer(request)
    if peer is None or not _is_trusted(peer, settings):
        return ""
    return request.headers.get(header, "").rpartition(",")[2].strip()


def _peer(request: web.BaseRequest) -> Address | None:
    return _address(request.remote or "")


def _is_trusted(address: Address, settings: Settings) -> bool:
    return any(address in network for network in settings.trusted_proxy)


def _address(said: str) -> Address | None:
    try:
        address = ipaddress.ip_address(said)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _without_default_port(url: str) -> str:
    return url.removesuffix(DEFAULT_PORTS[url.partition("://")[0]])
