"""The OpenAPI 3.1 document, made from the table of endpoints: what isn't in the table isn't described, and the reverse.

Where a shape leaves a length to a setting, this studio's setting is what the document says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import msgspec

from rooms.errors import (
    BadRequestError,
    NoSuchRoomError,
    NotGrantedError,
    ShuttingDownError,
    StudioError,
    TooFastError,
    TooLargeError,
    UnknownPersonError,
)
from rooms.model import Limits
from rooms.registry import ROOM_NAME
from server.api.problems import PROBLEM_TYPE, OtherSiteError, UnsupportedError
from server.api.table import SAFE, Endpoint
from server.shapes import LIMIT_KEY, Nothing, Problem

REFERENCE = "#/components/schemas/{name}"

PATH_EXAMPLES = {
    "room": "songs",
    "document": "main",
    "member": "5aicuimczp",
    "id": "kvvv78jckw",
    "image": "k3vm9xq2b7ndr5wt",
    "message": "12",
    "thread": "q7w2e9r4t6",
    "comment": "1",
    "seq": "42",
    "version": "pz4mtw7hqn",
    "grant": "write",
}

DESCRIPTION = """\
Everything a program needs to work in a Tutti studio beside writing itself, which goes over `/yjs`. Errors are problem details
(RFC 9457) with a stable `code` and a sentence for a person. Where a document is meant, `main` is the one made with the room."""


def describe(endpoints: Sequence[Endpoint], limits: Limits) -> bytes:
    """The document as JSON."""
    bodies = [e.asked for e in endpoints if not e.in_query and e.asked is not Nothing]
    answers = [e.answered for e in endpoints if e.answered is not None]
    types = list(dict.fromkeys([*bodies, *answers, Problem]))
    _, schemas = msgspec.json.schema_components(types, ref_template=REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    document = {
        "openapi": "3.1.0",
        "info": {"title": "Tutti", "version": version("tutti-studio"), "description": DESCRIPTION},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    return msgspec.json.format(msgspec.json.encode(_with_limits(document, limits)), indent=2)


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": endpoint.handler.__name__,
        "summary": endpoint.summary,
        "parameters": [*_path_parameters(endpoint), *_query_parameters(endpoint)],
        "responses": _responses(endpoint),
    }
    if endpoint.needs:
        operation["description"] = f"Needs: {endpoint.needs}."
        operation["security"] = [{"token": []}]
    elif _errors(endpoint).get(403):
        operation["security"] = [{}, {"token": []}]
    body = _body(endpoint)
    if body:
        operation["requestBody"] = {"required": True, "content": body}
    return operation


def _path_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    schema = {"type": "string", "pattern": f"^{ROOM_NAME.pattern}$"}
    names = re.findall(r"{(\w+)}", endpoint.path)
    return [{"name": name, "in": "path", "required": True, "schema": schema, "example": PATH_EXAMPLES[name]} for name in names]


def _query_parameters(endpoint: Endpoint) -> list[dict[str, Any]]:
    if not endpoint.in_query or endpoint.asked is Nothing:
        return []
    _, components = msgspec.json.schema_components([endpoint.asked])
    shape = components[endpoint.asked.__name__]
    required = shape.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": schema}
        for name, schema in shape["properties"].items()
    ]


def _body(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.consumes:
        return {media_type: {} for media_type in endpoint.consumes}
    if endpoint.in_query or endpoint.asked is Nothing:
        return {}
    return {"application/json": {"schema": {"$ref": REFERENCE.format(name=endpoint.asked.__name__)}}}


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    if endpoint.produces:
        content = {media_type: _any(media_type) for media_type in endpoint.produces}
    elif endpoint.answered is not None:
        content = {"application/json": {"schema": {"$ref": REFERENCE.format(name=endpoint.answered.__name__)}}}
    else:
        content = {}
    good: dict[str, Any] = {"description": endpoint.summary}
    if content:
        good["content"] = content
    responses = {str(endpoint.status): good}
    problem = {PROBLEM_TYPE: {"schema": {"$ref": REFERENCE.format(name=Problem.__name__)}}}
    for status, errors in sorted(_errors(endpoint).items()):
        codes = ", ".join(sorted({error.code for error in errors}))
        responses[str(status)] = {"description": codes, "content": problem}
    return responses


def _errors(endpoint: Endpoint) -> dict[int, list[type[StudioError]]]:
    """What an endpoint can answer besides its answer: its own errors, and those that come with its traits."""
    errors: list[type[StudioError]] = [*endpoint.errors, ShuttingDownError]
    if endpoint.needs:
        errors += [UnknownPersonError, NotGrantedError]
    if endpoint.method not in SAFE:
        errors.append(OtherSiteError)
    if "{" in endpoint.path or endpoint.needs == "any token":
        errors.append(NoSuchRoomError)
    if endpoint.asked is not Nothing:
        errors.append(BadRequestError)
        if not endpoint.in_query:
            errors += [TooLargeError, UnsupportedError]
    if not endpoint.needs and endpoint.method == "POST":
        errors += [TooFastError, UnknownPersonError]
    by_status: dict[int, list[type[StudioError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return by_status


def _any(media_type: str) -> dict[str, Any]:
    """Of a document only the media type is described: what is in it is its author's."""
    return {"schema": {"type": "string"}} if media_type.startswith("text/") else {}


def _with_limits(part: Any, limits: Limits) -> Any:
    if isinstance(part, dict):
        filled = {key: _with_limits(value, limits) for key, value in part.items() if key != LIMIT_KEY}
        if LIMIT_KEY in part:
            filled["maxLength"] = getattr(limits, part[LIMIT_KEY])
        return filled
    if isinstance(part, list):
        return [_with_limits(value, limits) for value in part]
    return part
