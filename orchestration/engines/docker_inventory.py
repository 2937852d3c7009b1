"""What an engine holds with certain labels, and how it is removed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from docker import APIClient
from docker.errors import APIError, NotFound

from orchestration.engines.docker_client import explanation
from orchestration.engines.docker_images import inspect
from orchestration.errors import TeardownError
from orchestration.model import Kind, Resource

ATTEMPTS: Final = 20
_PAUSE_S: Final = 0.1
_GONE: Final = re.compile(r"no such (container|network|volume|image)|no container with|not known")
_VANISHED: Final = re.compile(_GONE.pattern + r"|not found|no such file")
_BUSY: Final = re.compile(
    r"in use|being used|active endpoints|already in progress|is running|dependent child|improper",
    re.I,
)


def list_resources(api: APIClient, labels: Mapping[str, str]) -> tuple[Resource, ...]:
    """Everything that has all `labels`, each kind oldest first. Four requests, none for each id."""
    wanted = {"label": [f"{key}={value}" if value else key for key, value in labels.items()]}
    for _ in range(ATTEMPTS):
        try:
            return _list_once(api, wanted)
        except APIError as error:
            # Podman fails a whole list when one of its items is removed in the meantime.
            if not _VANISHED.search(explanation(error).lower()):
                raise
    return _list_once(api, wanted)


def _list_once(api: APIClient, wanted: dict[str, list[str]]) -> tuple[Resource, ...]:
    return (
        *_containers(api, wanted),
        *(
            Resource(
                kind=Kind.NETWORK, id=row["Id"], name=row["Name"], labels=row.get("Labels") or {}
            )
            for row in api.networks(filters=wanted)
        ),
        *(
            Resource(
                kind=Kind.VOLUME, id=row["Name"], name=row["Name"], labels=row.get("Labels") or {}
            )
            for row in api.volumes(filters=wanted)["Volumes"] or ()
        ),
        *_images(api, wanted),
    )


def remove(api: APIClient, resource: Resource, *, networks_by_name: bool) -> None:
    """Remove by force; content when it is gone already.

    `networks_by_name`: Podman removes a network by id even while it is in use. Raises TeardownError
    when the engine still refuses after two seconds.
    """
    match resource.kind:
        case Kind.CONTAINER:
            _insist(resource, lambda: api.remove_container(resource.id, force=True, v=True))
        case Kind.NETWORK:
            handle = resource.name if networks_by_name else resource.id
            _insist(resource, lambda: api.remove_network(handle))
        case Kind.VOLUME:
            _insist(resource, lambda: api.remove_volume(resource.name, force=True))
        case Kind.IMAGE:
            _insist(resource, lambda: api.remove_image(resource.id, force=True))


def discard_images(api: APIClient, images: tuple[str, ...], *, force: bool) -> None:
    """Remove layers that a build left behind, the last first; whatever is in use or named stays.

    `force`: also while the working container of a build that was stopped still uses them, which a
    forced removal takes along on Podman and which goes by itself within a second on Docker.
    """
    patience = ATTEMPTS if force else 1
    for image in reversed(images):
        while True:
            try:
                found = inspect(api, image)
                if found is None or found.get("RepoTags"):
                    break
                api.remove_image(image, force=force, noprune=True)
            except APIError as error:
                patience -= 1
                if patience <= 0 or not _BUSY.search(explanation(error)):
                    break
                time.sleep(_PAUSE_S)
            else:
                break


def _containers(api: APIClient, wanted: dict[str, list[str]]) -> Iterator[Resource]:
    rows = api.containers(all=True, filters=wanted)
    rows.reverse()
    for row in sorted(rows, key=lambda each: int(each.get("Created") or 0)):
        name = str((row.get("Names") or [row["Id"]])[0]).removeprefix("/")
        yield Resource(kind=Kind.CONTAINER, id=row["Id"], name=name, labels=row.get("Labels") or {})


def _images(api: APIClient, wanted: dict[str, list[str]]) -> Iterator[Resource]:
    """Podman labels the layers of a build too: those go with the image that is made of them."""
    rows: list[dict[str, Any]] = api.images(all=True, filters=wanted)
    parents = {str(row.get("ParentId") or "").removeprefix("sha256:") for row in rows}
    seen: set[str] = set()
    for row in reversed(rows):
        plain = str(row["Id"]).removeprefix("sha256:")
        tags = [tag for tag in row.get("RepoTags") or () if tag != "<none>:<none>"]
        if plain in seen or (plain in parents and not tags):
            continue
        seen.add(plain)
        name = tags[0] if tags else row["Id"]
        yield Resource(kind=Kind.IMAGE, id=row["Id"], name=name, labels=row.get("Labels") or {})


def _insist(resource: Resource, attempt: Callable[[], object]) -> None:
    for left in reversed(range(ATTEMPTS)):
        try:
            attempt()
        except NotFound:
            return
        except APIError as error:
            text = explanation(error)
            if _GONE.search(text.lower()):
                return
            if left and _BUSY.search(text):
                time.sleep(_PAUSE_S)
                continue
            raise TeardownError(
                f"{resource.describe()} cannot be removed",
                why=text,
                fix="`stackwright stack clean` tries again; remove it by hand if that fails too",
            ) from None
        else:
            return
