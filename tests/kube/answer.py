"""What goes back to a client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.kube.json_values import Doc
from tests.kube.status_error import StatusError


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A whole answer."""

    code: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """An answer that comes piece by piece, until it ends or the client goes."""

    pieces: Iterator[bytes]
    content_type: str = "application/json"


def of_doc(doc: Doc, code: int = 200, content_type: str = "application/json") -> Answer:
    """An object."""
    return Answer(code=code, body=json.dumps(doc).encode() + b"\n", content_type=content_type)


def of_text(said: str, code: int = 200) -> Answer:
    """Plain text."""
    return Answer(code=code, body=said.encode(), content_type="text/plain; charset=utf-8")


def of_error(error: StatusError) -> Answer:
    """A refusal."""
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    made = of_doc(error.doc, error.code)
    return Answer(code=made.code, body=made.body, headers=headers)
