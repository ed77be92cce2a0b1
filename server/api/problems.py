"""How errors are answered: under /api as `application/problem+json` (RFC 9457), elsewhere as a line of text.

The one place where an error that nobody expected is caught: it is logged with its trace, and the person gets a sentence.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
import structlog
from aiohttp import web

from rooms.errors import StudioError
from server.shapes import Problem

log = structlog.get_logger(__name__)

RETRY_AFTER_S = 2
PROBLEM_TYPE = "application/problem+json"


class UnsupportedError(StudioError):
    code, status, close = "unsupported", 415, 4400
    sentence = "A document in this format can't be read here."


class OtherSiteError(StudioError):
    code, status, close = "other_site", 403, 4403
    sentence = "Only pages of this studio may do that."


class NoSuchPathError(StudioError):
    code, status, close = "not_found", 404, 4404
    sentence = "There is nothing at this address."


class MethodError(StudioError):
    code, status = "method_not_allowed", 405
    sentence = "That can't be done at this address."


def problem(error: StudioError) -> web.Response:
    """An error as RFC 9457 has it."""
    shape = Problem("about:blank", HTTPStatus(error.status).phrase, error.status, error.code, str(error))
    response = web.Response(status=error.status, body=msgspec.json.encode(shape), content_type=PROBLEM_TYPE)
    if error.status in {429, 503}:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


@web.middleware
async def errors_answered(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turns whatever is raised into an answer."""
    api = request.path == "/api" or request.path.startswith("/api/")
    try:
        return await handler(request)
    except StudioError as error:
        return problem(error) if api else web.Response(status=error.status, text=str(error))
    except web.HTTPException:
        raise  # an answer already
    except Exception as error:  # the door: a person gets a sentence, the operator the trace
        if isinstance(error, ConnectionError) and (request.transport is None or request.transport.is_closing()):
            return web.Response(status=400)  # for the log alone: whoever asked has hung up
        route = request.match_info.route.resource
        log.exception("a request failed", method=request.method, path=route.canonical if route else "unknown")
        return problem(StudioError()) if api else web.Response(status=500, text=StudioError.sentence)
