"""An engine's storage as the place where finished images go, and come from."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from docker import APIClient
from docker.errors import APIError
from requests.exceptions import RequestException

from orchestration.engines.docker_client import (
    CALL_SECONDS,
    answering,
    checked,
    endpoint,
    explanation,
)
from orchestration.engines.docker_images import inspect
from orchestration.errors import ImageError
from orchestration.images.image_store import StoredImage

_LOAD_SECONDS: Final = 600
_PART: Final = 1 << 20


class DockerImageStore:
    """`ImageStore` on an engine's own storage."""

    def __init__(self, api: APIClient, url: str) -> None:
        self._api = api
        self._url = url

    def inspect(self, reference: str) -> StoredImage | None:
        """The image `reference` names now, or None."""
        with answering(self._url):
            inspected = inspect(self._api, reference)
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

    def save(self, reference: str, archive: Path) -> None:
        """Write an image to `archive`. Raises ImageError; no part of it is left then."""
        with answering(self._url):
            try:
                response = self._api.get(
                    endpoint(self._api, f"/images/{quote(reference)}/get"),
                    stream=True,
                    timeout=(CALL_SECONDS, _LOAD_SECONDS),
                )
                with closing(checked(response)) as data, archive.open("wb") as file:
                    for part in data.iter_content(_PART):
                        file.write(part)
            except (APIError, OSError) as error:
                archive.unlink(missing_ok=True)
                # The SDK's error is one of requests' as well; those of requests alone are about the
                # way to the engine.
                if isinstance(error, RequestException) and not isinstance(error, APIError):
                    raise
                raise ImageError(
                    f"image {reference} cannot be written to {archive}",
                    why=explanation(error),
                    fix="see whether the image is there, and whether the disk is full",
                ) from None


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
