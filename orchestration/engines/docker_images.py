"""Images of an engine: found, or pulled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import quote

from docker import APIClient
from docker.credentials.errors import StoreError
from docker.errors import APIError, DockerException, NotFound
from docker.utils import parse_repository_tag

from orchestration.engines.docker_client import (
    CALL_SECONDS,
    checked,
    endpoint,
    explanation,
    quiet_helpers,
)
from orchestration.engines.docker_stream import Stream
from orchestration.errors import ImageError, StoppedError
from orchestration.ports import Cancel

_LONGEST: Final = 300
_TRIES: Final = 5
_ANOTHER_WENT: Final = "image not known"
"""Podman looks at every image to describe one, and fails when another is removed meanwhile."""


def find(api: APIClient, reference: str) -> str | None:
    """The id of a local image, or None; also for a text that is no image reference at all."""
    inspected = inspect(api, reference)
    return None if inspected is None else str(inspected["Id"])


def pull(api: APIClient, reference: str, cancel: Cancel) -> str:
    """Pull an image; its id. Raises ImageError, and StoppedError when a stop was requested."""
    repository, tag = parse_repository_tag(reference)

    def produce() -> Iterator[Any]:
        with quiet_helpers():
            messages = api.pull(repository, tag or "latest", stream=True, decode=True)
        yield from messages

    failure = ""
    with Stream(produce, until=lambda: cancel.requested() is not None) as stream:
        try:
            for message in stream:
                failure = str(message.get("error") or failure)
        except APIError as error:
            failure = explanation(error)
        except (StoreError, DockerException) as error:
            failure = f"the credentials in docker's configuration cannot be used: {error}"
    if stream.stopped:
        raise StoppedError(f"stopped pulling {reference}", signal=cancel.requested() or 0)
    found = None if failure else find(api, reference)
    if found is None:
        raise missing(reference, failure or "the pull ended without an image")
    return found


def missing(reference: str, why: str) -> ImageError:
    """The error for an image that is not there, with the way out that needs no registry."""
    first = why.strip().partition("\n")[0]
    return ImageError(
        f"image {reference} is not here and cannot be pulled",
        why=first if len(first) <= _LONGEST else f"{first[:_LONGEST]}…",
        fix="make it from this distribution's packages: `invoke images.build`, and map it in "
        f'[images.overrides]: "{reference}" = "localhost/…"; or pull it by hand',
    )


def inspect(api: APIClient, reference: str) -> dict[str, Any] | None:
    """What the engine says of a local image; None where there is none."""
    path = endpoint(api, f"/images/{quote(reference, safe='/:@')}/json")
    for left in reversed(range(_TRIES)):
        try:
            response = checked(api.get(path, timeout=CALL_SECONDS))
        except NotFound:
            return None
        except APIError as error:
            text = explanation(error)
            if error.status_code == 400 or "invalid reference" in text:
                return None
            if left and _ANOTHER_WENT in text:
                continue
            raise
        inspected: dict[str, Any] = response.json()
        return inspected
    raise AssertionError("the last try returns or raises")
