"""An engine's images through the docker SDK, as the real adapter keeps them."""

from __future__ import annotations

from pathlib import Path

import docker
from docker.errors import APIError, ImageNotFound

from orchestration.errors import ImageError
from orchestration.images import StoredImage


class SdkImageStore:
    """The images of one engine."""

    def __init__(self, client: docker.DockerClient) -> None:
        self._client = client

    def inspect(self, reference: str) -> StoredImage | None:
        """The image `reference` names."""
        try:
            found = self._client.images.get(reference)
        except ImageNotFound:
            return None
        return StoredImage(
            image_id=str(found.id),
            size_bytes=found.attrs["Size"],
            labels=found.labels,
        )

    def load(self, archive: Path) -> None:
        """`docker load`. The engine may report a failure in the stream of a successful answer."""
        try:
            with archive.open("rb") as data:
                # `images.load` gives the images, but not what went wrong.
                lines = list(self._client.api.load_image(data))  # type: ignore[no-untyped-call]  # untyped SDK
        except APIError as error:
            raise ImageError(
                f"The engine did not take {archive.name} in.", why=error.explanation or str(error)
            ) from error
        if failed := [line["error"] for line in lines if "error" in line]:
            raise ImageError(f"The engine did not take {archive.name} in.", why=failed[0])

    def save(self, reference: str, archive: Path) -> None:
        """`docker save`."""
        try:
            archive.write_bytes(b"".join(self._client.api.get_image(reference)))
        except APIError as error:
            raise ImageError(f"There is no image {reference}.", why=str(error)) from error
