"""The images of a platform: built from the tree, concurrently, each under a tag of its own (R4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from orchestration.engine_calls import EngineCalls
from orchestration.events import Emit
from orchestration.images_ahead import ImagesAhead
from orchestration.patience import stop_if_asked
from orchestration.platform import Platform
from orchestration.stack import Component, Stack


def build_images(
    platform: Platform,
    calls: EngineCalls,
    *,
    labels: Mapping[str, str],
    new_uuid: Callable[[], UUID],
    emit: Emit,
) -> dict[str, str]:
    """The tags of what was built, by the image as the manifests name it.

    All are built at once. Raises the BuildError of the first that does not build, StoppedError, and
    SilenceError at the deadline of `calls`.
    """
    names = _short_names(platform.images)
    stack = Stack(
        name=platform.name,
        service=platform.service,
        project=platform.project,
        components=tuple(
            Component(name=names[written], source=build, one_shot=True)
            for written, build in platform.images.items()
        ),
    )
    with ImagesAhead(
        calls.engine,
        stack,
        background=calls.background,
        deadline=calls.deadline,
        labels=labels,
        new_uuid=new_uuid,
        clock=calls.clock,
        cancel=calls.cancel,
        emit=emit,
    ) as images:
        for component in stack.components:
            images.image(component.name, lambda: stop_if_asked(calls.cancel))
        # Equal builds are made once, under the tag of the first.
        firsts = {
            written: next(names[other] for other, same in platform.images.items() if same == build)
            for written, build in platform.images.items()
        }
        return {written: images.tags[first] for written, first in firsts.items()}


def _short_names(written: Iterable[str]) -> dict[str, str]:
    """`gateway` of `ghcr.io/acme/gateway:dev`, told apart where two would be one."""
    names: dict[str, str] = {}
    for each in written:
        path = each.partition("@")[0].rpartition("/")[2].partition(":")[0]
        short = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "image"
        taken = set(names.values())
        number = 2
        name = short
        while name in taken:
            name, number = f"{short}-{number}", number + 1
        names[each] = name
    return names
