"""Offers read and answers written (RFC 8866, RFC 8829, RFC 9143): sound in Opus, bundled, on one port. Text alone, no sockets.

What an offer says is echoed only where it is a number or a token that we know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from rooms.errors import BadRequestError, OfferRefusedError
from server.media.dtls import HASHES, Fingerprint

MOST_LINES = 64
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")
ICE_WORD = re.compile(r"[A-Za-z0-9+/]{4,256}")
MEDIA = re.compile(r"(audio|video|application|text|message) \d{1,5}(?:/\d+)? (\S+)((?: \S+)+)")
RTPMAP = re.compile(r"(\d{1,3}) opus/48000/2", re.IGNORECASE)
PARAMETERS = {
    "minptime", "useinbandfec", "stereo", "sprop-stereo", "usedtx", "cbr",
    "maxaveragebitrate", "maxplaybackrate", "sprop-maxcapturerate",
}  # fmt: skip
"""Of Opus (RFC 7587, section 6.1): what is answered as it was offered."""
DIRECTIONS = {"sendrecv": (True, True), "sendonly": (True, False), "recvonly": (False, True), "inactive": (False, False)}
PROFILE = "UDP/TLS/RTP/SAVPF"
PROFILES = {PROFILE, "UDP/TLS/RTP/SAVP", "RTP/SAVPF"}


@dataclass(slots=True)
class Line:
    """One media line of an offer. What isn't sound in Opus has no payload type, and is declined."""

    kind: str
    protocol: str
    formats: str
    mid: str = ""
    sends: bool = True
    receives: bool = True
    payload_type: int | None = None
    parameters: list[str] = field(default_factory=list)
    ptime_ms: int | None = None
    ssrc: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    lines: tuple[Line, ...]
    fingerprints: tuple[Fingerprint, ...]
    bundled: frozenset[str]
    """The names of the lines that are offered as a bundle: an answer mustn't bundle others (RFC 9143, section 7.3)."""
    passive: bool
    """Whether the other side waits for our hello: then we answer as the active one."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of a line: whether we take its sound, and under which SSRC we send on it."""

    takes: bool = False
    ssrc: int | None = None


def read(text: str) -> Offer:
    """Raises BadRequestError for what is no offer, OfferRefusedError for one that can't be answered here."""
    sections = re.split(r"^m=", text.replace("\r\n", "\n"), flags=re.MULTILINE)
    if not sections[0].startswith("v=0\n"):
        raise BadRequestError("That is no offer: an SDP begins with v=0.")
    if not 1 < len(sections) <= MOST_LINES + 1:
        raise OfferRefusedError(f"An offer has 1 to {MOST_LINES} media lines.")
    session = list(_attributes(sections[0]))
    lines, told = [], session
    for section in sections[1:]:
        line, attributes = _line(section, session)
        if line.payload_type is not None and told is session:
            told = [*attributes, *session]
        lines.append(line)
    sound = [line for line in lines if line.payload_type is not None]
    if not sound:
        raise OfferRefusedError("Only sound in Opus is carried here, and this offer has none.")
    if len({line.mid for line in lines}) < len(lines):
        raise BadRequestError("The media lines of an offer need names (a=mid) that differ.")
    groups = (value.split() for name, value in session if name == "group")
    bundled = frozenset(next((mids for mids in groups if mids[:1] == ["BUNDLE"]), [])[1:])
    if len(sound) > 1 and not {line.mid for line in sound} <= bundled:
        raise OfferRefusedError("Everything goes over one port here: bundle the media lines.")
    return Offer(tuple(lines), tuple(_fingerprints(told)), bundled, _value(told, "setup") == "passive")


def answer(
    offer: Offer,
    plans: Sequence[Plan],
    *,
    ice: tuple[str, str],
    fingerprint: str,
    candidates: Sequence[tuple[str, int]],
    name: str,
) -> str:
    """The answer, with a plan for each line. `candidates` are the addresses we are reached at, the best first."""
    bundle = [line.mid for line in offer.lines if line.payload_type is not None and line.mid in offer.bundled]
    out = ["v=0", "o=- 1 1 IN IP4 0.0.0.0", "s=-", "t=0 0", *([f"a=group:BUNDLE {' '.join(bundle)}"] if bundle else [])]
    out += ["a=ice-lite", "a=msid-semantic: WMS *"]
    for number, (line, plan) in enumerate(zip(offer.lines, plans, strict=True)):
        if line.payload_type is None:
            out += [f"m={line.kind} 0 {line.protocol}{line.formats}", "c=IN IP4 0.0.0.0", f"a=mid:{line.mid}", "a=inactive"]
            continue
        direction = next(word for word, way in DIRECTIONS.items() if way == (plan.ssrc is not None, plan.takes))
        out += [f"m=audio 9 {line.protocol} {line.payload_type}", "c=IN IP4 0.0.0.0", "a=rtcp:9 IN IP4 0.0.0.0"]
        out += [f"a=ice-ufrag:{ice[0]}", f"a=ice-pwd:{ice[1]}", f"a=fingerprint:sha-256 {fingerprint}"]
        out += [f"a=setup:{'active' if offer.passive else 'passive'}", f"a=mid:{line.mid}", f"a={direction}", "a=rtcp-mux"]
        out += [f"a=rtpmap:{line.payload_type} opus/48000/2"]
        if line.parameters:
            out.append(f"a=fmtp:{line.payload_type} {';'.join(line.parameters)}")
        if line.ptime_ms is not None:
            out.append(f"a=ptime:{line.ptime_ms}")
        if plan.ssrc is not None:
            out += [f"a=msid:{name}-{number} {name}-{number}", f"a=ssrc:{plan.ssrc} cname:{name}"]
        for rank, (host, port) in enumerate(candidates):
            out.append(f"a=candidate:{rank + 1} 1 udp {(126 << 24) | (65535 - rank) << 8 | 255} {host} {port} typ host")
        out.append("a=end-of-candidates")
    return "\r\n".join(out) + "\r\n"


def fragment(ice: tuple[str, str]) -> str:
    """What a restart of ICE is answered with (RFC 8840)."""
    return f"a=ice-lite\r\na=ice-ufrag:{ice[0]}\r\na=ice-pwd:{ice[1]}\r\n"


def credentials(text: str) -> tuple[str, str] | None:
    """The ICE user name fragment and password in an SDP or a fragment of one; None where there are none."""
    said = list(_attributes(text))
    ufrag, password = _value(said, "ice-ufrag"), _value(said, "ice-pwd")
    return (ufrag, password) if ICE_WORD.fullmatch(ufrag) and ICE_WORD.fullmatch(password) else None


def _line(section: str, session: list[tuple[str, str]]) -> tuple[Line, list[tuple[str, str]]]:
    head, _, rest = section.partition("\n")
    match = MEDIA.fullmatch(head.strip())
    if match is None:
        raise BadRequestError("A media line of this offer can't be read.")
    attributes = list(_attributes(rest))
    line = Line(match[1], match[2], match[3], _value(attributes, "mid"))
    if not TOKEN.fullmatch(line.mid):
        raise BadRequestError("The media lines of an offer need names (a=mid).")
    for name, _ in (*session, *attributes):
        line.sends, line.receives = DIRECTIONS.get(name, (line.sends, line.receives))
    if line.kind == "audio" and line.protocol in PROFILES:
        _choose(line, attributes)
    return line, attributes


def _choose(line: Line, attributes: list[tuple[str, str]]) -> None:
    """Opus, as it is offered on this line."""
    offered = line.formats.split()
    found = (RTPMAP.fullmatch(value) for name, value in attributes if name == "rtpmap")
    line.payload_type = next((int(said[1]) for said in found if said and said[1] in offered and int(said[1]) < 128), None)
    if line.payload_type is None:
        return
    if "rtcp-mux" not in {name for name, _ in attributes}:
        raise OfferRefusedError("Everything goes over one port here: offer rtcp-mux.")
    for name, value in attributes:
        if name == "fmtp" and value.startswith(f"{line.payload_type} "):
            line.parameters = list(_parameters(value.partition(" ")[2]))
        elif name == "ptime" and value in {"10", "20", "40", "60"}:
            line.ptime_ms = int(value)
        elif name == "ssrc" and line.ssrc is None and (said := re.match(r"\d{1,10}", value)):
            line.ssrc = int(said[0]) & 0xFFFFFFFF


def _parameters(said: str) -> Iterator[str]:
    for pair in said.split(";"):
        name, _, value = pair.strip().partition("=")
        if name in PARAMETERS and re.fullmatch(r"\d{1,6}", value):
            yield f"{name}={value}"


def _fingerprints(said: list[tuple[str, str]]) -> Iterator[Fingerprint]:
    found = False
    for name, value in said:
        algorithm, _, digest = value.partition(" ")
        if name == "fingerprint" and algorithm.lower() in HASHES:
            try:
                yield Fingerprint(algorithm.lower(), bytes.fromhex(digest.replace(":", "")))
            except ValueError:
                raise BadRequestError("The fingerprint in this offer can't be read.") from None
            found = True
    if not found:
        raise OfferRefusedError("Sound is encrypted here: the offer needs a fingerprint (a=fingerprint), by SHA-256 or better.")


def _attributes(section: str) -> Iterator[tuple[str, str]]:
    for line in section.splitlines():
        if line.startswith("a="):
            name, _, value = line[2:].strip().partition(":")
            yield name, value.strip()


def _value(said: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in said if name == wanted), "")
