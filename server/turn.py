"""Which TURN servers a member may use, and with what credentials: time-limited ones, a user name with its end in it and an HMAC
over that (draft-uberti-behave-turn-rest). The relay itself never speaks TURN: who has no other way to its port comes by one.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from time import time

from server.settings import Settings


@dataclass(frozen=True, slots=True)
class IceServer:
    """As a browser's RTCIceServer."""

    urls: tuple[str, ...]
    username: str
    credential: str

    def links(self) -> list[str]:
        """As WHIP says it in `Link` (RFC 9725, section 4.6)."""
        words = f'; rel="ice-server"; username="{self.username}"; credential="{self.credential}"; credential-type="password"'
        return [f"<{url}>{words}" for url in self.urls]


def ice_servers(settings: Settings, member: str) -> list[IceServer]:
    """For this member, for as long as `turn_s` says; none where the studio has none."""
    if not settings.turn_url or settings.turn_secret is None:
        return []
    username = f"{int(time()) + settings.turn_s}:{member}"
    return [IceServer(settings.turn_url, username, credential(settings.turn_secret, username))]


def credential(secret: str, username: str) -> str:
    """The password that goes with a user name."""
    return base64.b64encode(hmac.digest(secret.encode(), username.encode(), "sha1")).decode()
