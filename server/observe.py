"""Health, readiness, metrics and logs: how an operator sees the studio. What people write, their names and tokens are in none.

Metrics are named in `docs/protocol.md`. Logs are structlog's, for our own lines and for those of the libraries beneath; a
request is logged by its route and room, never by its path or query.
"""

from __future__ import annotations

import logging
import sys
from bisect import bisect_left
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import accumulate
from typing import Protocol

import structlog
from aiohttp import web
from aiohttp.abc import AbstractAccessLogger
from aiohttp.http_exceptions import BadHttpMessage
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client import Counter as Total
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from structlog.typing import Processor

from rooms.model import Role
from rooms.registry import Registry
from rooms.stage import MediaNode
from server.auth import is_name

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PULSE_BUCKETS_S = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
COMMIT_BUCKETS_S = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)
QUIET = {"/healthz", "/readyz", "/metrics"}
"""Asked every few seconds by machines: logged only where something is wrong."""

ROUTE = "tutti.route"
ROOM = "tutti.room"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Failures(Protocol):
    """What counts its failures: the worker process."""

    @property
    def failures(self) -> int: ...


class Tally:
    """A histogram that costs a tenth of Prometheus' own, which takes a lock: counts are made on the event loop alone."""

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self._bounds = bounds_s
        self._counts = [0] * (len(bounds_s) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._sum += seconds

    def family(self, name: str, documentation: str) -> Metric:
        names = [*(f"{bound:g}" for bound in self._bounds), "+Inf"]
        buckets = list(zip(names, accumulate(self._counts), strict=True))
        return HistogramMetricFamily(name, documentation, buckets=buckets, sum_value=self._sum)


class Metrics(Collector):
    """The studio's meter, as Prometheus counts. Its registry holds nothing else."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._updates = self._deliveries = 0
        self._pulse = Tally(PULSE_BUCKETS_S)
        self._commit = Tally(COMMIT_BUCKETS_S)
        self._dropped = Total(
            "tutti_outbox_dropped", "Connections ended because they were slow or silent", ["reason"], registry=self._registry
        )
        self._rejected = Total("tutti_rejected", "Messages and people refused", ["reason"], registry=self._registry)
        self._registry.register(self)

    def watch(self, registry: Registry, worker: Failures, media: MediaNode | None = None) -> None:
        """Reads what is counted elsewhere, whenever somebody asks."""
        self._registry.register(_Now(registry, worker))
        if media is not None:
            self._registry.register(_Sound(media))

    def collect(self) -> Iterable[Metric]:
        """Prometheus' side of what is counted here."""
        yield CounterMetricFamily("tutti_updates", "Update messages received", value=self._updates)
        yield CounterMetricFamily("tutti_deliveries", "Updates sent to somebody", value=self._deliveries)
        yield self._pulse.family("tutti_pulse_seconds", "Time a pulse took")
        yield self._commit.family("tutti_commit_seconds", "Time a commit of the log took")

    def updates(self, count: int) -> None:
        self._updates += count

    def deliveries(self, count: int) -> None:
        self._deliveries += count

    def pulse(self, seconds: float) -> None:
        self._pulse.observe(seconds)

    def commit(self, seconds: float) -> None:
        self._commit.observe(seconds)

    def dropped(self, reason: str) -> None:
        self._dropped.labels(reason).inc()

    def rejected(self, reason: str) -> None:
        self._rejected.labels(reason).inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Now(Collector):
    """What is true at this moment, read from those who know."""

    def __init__(self, registry: Registry, worker: Failures) -> None:
        self._rooms = registry
        self._worker = worker

    def collect(self) -> Iterable[Metric]:
        here = Counter(present.member.role for room in self._rooms.rooms.values() for present in room.here())
        members = GaugeMetricFamily("tutti_members", "Members who are in a room now", labels=["role"])
        for role in Role:
            members.add_metric([role], here[role])
        yield GaugeMetricFamily("tutti_rooms", "Rooms that are open now", value=len(self._rooms.rooms))
        yield members
        yield GaugeMetricFamily("tutti_unsaved_rooms", "Rooms that can't be saved now", value=len(self._rooms.failing))
        failures = Metric("tutti_worker_failures", "Tasks that the worker process failed at", "counter")
        failures.add_sample("tutti_worker_failures_total", {}, self._worker.failures)
        yield failures


class _Sound(Collector):
    """What the relay has counted."""

    def __init__(self, media: MediaNode) -> None:
        self._media = media

    def collect(self) -> Iterable[Metric]:
        totals = self._media.totals()
        yield CounterMetricFamily("tutti_rtp_in", "Packets of sound received", value=totals.received)
        yield CounterMetricFamily("tutti_rtp_forwarded", "Packets of sound sent on", value=totals.forwarded)
        lost = CounterMetricFamily(
            "tutti_rtp_lost", "Packets of sound lost on their way here (in), or to a listener (out)", labels=["way"]
        )
        lost.add_metric(["in"], totals.lost_in)
        lost.add_metric(["out"], totals.lost_out)
        yield lost
        dropped = CounterMetricFamily("tutti_rtp_dropped", "Datagrams dropped", labels=["reason"])
        for reason, number in sorted(totals.dropped.items()):
            dropped.add_metric([reason], number)
        yield dropped
        ended = CounterMetricFamily("tutti_stage_ended", "Connections to a stage that ended by themselves", labels=["reason"])
        for reason, number in sorted(totals.ended.items()):
            ended.add_metric([reason], number)
        yield ended
        names = [*(f"{bound:g}" for bound in totals.bounds_s), "+Inf"] if totals.buckets else []
        buckets = list(zip(names, accumulate(totals.buckets), strict=True))
        yield HistogramMetricFamily(
            "tutti_forward_seconds",
            "Time the forwards of one packet took",
            buckets=buckets or [("+Inf", 0)],
            sum_value=totals.seconds,
        )


def mount_health(app: web.Application, registry: Registry, metrics: Metrics) -> None:
    """`/healthz`, `/readyz` and `/metrics`."""

    async def healthz(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(_: web.Request) -> web.Response:
        reasons = ["The studio is stopping."] if registry.draining else []
        reasons += [f"{room}: {sentence}" for room, sentence in sorted(registry.failing.items())]
        return web.Response(status=503 if reasons else 200, text="\n".join(reasons) or "ok")

    async def exposed(_: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": METRICS_TYPE})

    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz)
    app.router.add_get("/metrics", exposed)


@web.middleware
async def route_noted(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Writes down where a request went, for the access log: what isn't HTTP never comes this far, and has no route."""
    resource = request.match_info.route.resource
    request[ROUTE] = resource.canonical if resource is not None else "none"
    request[ROOM] = request.match_info.get("room")
    return await handler(request)


class AccessLog(AbstractAccessLogger):
    """One line a request. A WebSocket's is written when it ends."""

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        route = request.get(ROUTE, "none")
        if route in QUIET and response.status == 200:
            return
        room = request.get(ROOM)
        facts = {"room": room} if room is not None and is_name(room) else {}
        structlog.get_logger("tutti.access").info(
            "request",
            method=request.method if request.method.isalpha() else "none",
            route=route,
            status=response.status,
            ms=round(time * 1000, 1),
            bytes=response.body_length,
            **facts,
        )


def start_logging(form: str) -> None:
    """Sends every log line of the process to standard error, as text or as JSON (`form` is console or json)."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if form == "json":
        last: list[Processor] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        plain = structlog.dev.plain_traceback
        last = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("aiohttp.server").addFilter(_without_bad_requests)
    for name in ("asyncio", "alembic", "sqlalchemy"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _without_bad_requests(record: logging.LogRecord) -> bool:
    """What isn't HTTP is answered and forgotten: the trace would quote it, and with it perhaps a token."""
    return not (record.exc_info and isinstance(record.exc_info[1], BadHttpMessage))
