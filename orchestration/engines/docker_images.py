"""Images of an engine: found, pulled, taken in from an archive."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from docker import APIClient
from docker.errors import APIError, NotFound
from docker.utils import parse_repository_tag

from orchestration.engines.docker_client import (
    CALL_SECONDS,
    answering,
    checked,
    endpoint,
    explanation,
)
from orchestration.engines.docker_stream import Stream
from orchestration.errors import ImageError, StoppedError
from orchestration.images.image_store import StoredImage
from orchestration.ports import Cancel

_LOAD_SECONDS: Final = 600
_LONGEST: Final = 300


def find(api: APIClient, reference: str) -> str | None:
    """The id of a local image, or None; also for a text that is no image reference at all."""
    inspected = _inspect(api, reference)
    return None if inspected is None else str(inspected["Id"])


def pull(api: APIClient, reference: str, cancel: Cancel) -> str:
    """Pull an image; its id. Raises ImageError, and StoppedError when a stop was requested."""
    repository, tag = parse_repository_tag(reference)

    def produce() -> Iterator[Any]:
        return api.pull(repository, tag or "latest", stream=True, decode=True)

    failure = ""
    with Stream(produce, until=lambda: cancel.requested() is not None) as stream:
        try:
            for message in stream:
                failure = str(message.get("error") or failure)
        except APIError as error:
            failure = explanation(error)
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


class DockerImageStore:
    """`ImageStore` on an engine's own storage."""

    def __init__(self, api: APIClient, url: str) -> None:
        self._api = api
        self._url = url

    def inspect(self, reference: str) -> StoredImage | None:
        """The image `reference` names now, or None."""
        with answering(self._url):
            inspected = _inspect(self._api, reference)
        if inspected is None:
            return None
        return StoredImage(
            image_id=str(inspected["Id"]),
            size_bytes=int(inspected.get("Size") or 0),
            labels=(inspected.get("Config") or {}).get("Labels") or {},
        )

    def load(self, archive: Path) -> None:
        """Take in an image archive. Raises ImageError with the engine's own words."""
        with answering(self._url), archive.open("rb") as data:
            try:
                response = self._api.post(
                    endpoint(self._api, "/images/load"),
                    data=data,
                    headers={"Content-Type": "application/x-tar"},
                    timeout=(CALL_SECONDS, _LOAD_SECONDS),
                )
                failure = _error_in(checked(response).text)
            except APIError as error:
                failure = explanation(error)
        if failure:
            raise ImageError(
                f"the engine does not take in {archive}",
                why=failure,
                fix="remove the file and make the image again; see whether the disk is full",
            )


def _inspect(api: APIClient, reference: str) -> dict[str, Any] | None:
    try:
        inspected: dict[str, Any] = api.inspect_image(reference)
    except NotFound:
        return None
    except APIError as error:
        if error.status_code == 400 or "invalid reference" in explanation(error):
            return None
        raise
    return inspected


def _error_in(lines: str) -> str:
    """Engines answer 200 and put what went wrong into the last line of the body."""
    for line in lines.splitlines():
        try:
            message = json.loads(line)
        except ValueError:
            continue
        if isinstance(message, dict) and message.get("error"):
            return str(message["error"])
    return ""
