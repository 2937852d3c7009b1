"""Build one image, and leave nothing behind when that does not work out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from secrets import token_hex
from tempfile import TemporaryFile
from typing import IO, Any, Final

from docker import APIClient
from docker.api.build import process_dockerfile
from docker.errors import APIError
from docker.utils.build import tar

from orchestration.engines.build_progress import BuildProgress
from orchestration.engines.docker_client import explanation
from orchestration.engines.docker_images import find
from orchestration.engines.docker_inventory import discard_images
from orchestration.engines.docker_stream import Stream
from orchestration.engines.labelled_stages import LabelledStages
from orchestration.errors import BuildError, StoppedError
from orchestration.model import BuildOrder, Secret, reveal
from orchestration.ports import Cancel

SILENT_SECONDS: Final = 900
"""How long a step may print nothing before the engine counts as dead."""

_LINES: Final = 20
_STAGES_S: Final = 1.5
"""How long a stop waits for the last stage of a build on Podman."""

_NO_BASE: Final = re.compile(
    r"registry|pull access denied|/v2/|manifest|no such image|image not known|short-name", re.I
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A new image. `layers`: the other images its build made; most go away together with it."""

    image: str
    layers: tuple[str, ...]


def build(
    api: APIClient,
    order: BuildOrder,
    on_line: Callable[[str], None],
    cancel: Cancel,
    *,
    podman: bool,
) -> Built:
    """Build `order`, telling each line of output. Raises BuildError, StoppedError.

    Podman lets the step at hand run to its end after a stop; its working container then goes by
    itself.
    """
    try:
        _check_files(order)
    except OSError as error:
        raise _unreadable(order, error) from None
    # Podman labels every layer by itself.
    labelled = None if podman else _labelled(order)
    secrets = [each.value for each in order.args.values() if isinstance(each, Secret)]
    progress = BuildProgress(secrets, labelled)
    done = False
    try:
        stop = _Stop(cancel, progress, last_stage=podman)
        stopped = _run(api, order, labelled, progress, on_line, stop)
        if stopped:
            raise StoppedError(f"stopped building {order.tag}", signal=cancel.requested() or 0)
        image = None if progress.error else find(api, order.tag)
        if image is None:
            raise _failed(order, progress)
        done = True
    finally:
        if not done:
            # Whatever ended the build is the message; what is left is found by label, or is cache.
            with suppress(Exception):
                stopping = cancel.requested() is not None
                discard_images(api, tuple(progress.layers), force=stopping)
    short = image.removeprefix("sha256:")
    layers = tuple(each for each in progress.layers if not short.startswith(each))
    return Built(image=image, layers=layers)


def _run(
    api: APIClient,
    order: BuildOrder,
    labelled: LabelledStages | None,
    progress: BuildProgress,
    on_line: Callable[[str], None],
    stop: _Stop,
) -> bool:
    """Whether the build was stopped; everything else is in `progress`."""
    if stop.asked():
        # An engine that has the order makes a layer or two before it hears that nobody waits.
        return True

    def produce() -> Iterator[dict[str, Any]]:
        with _packed(order, labelled) as (archive, containerfile):
            yield from api.build(
                fileobj=archive,
                custom_context=True,
                dockerfile=containerfile,
                tag=order.tag,
                buildargs={key: reveal(value) for key, value in order.args.items()},
                labels=dict(order.labels),
                target=order.target,
                rm=True,
                forcerm=True,
                decode=True,
                timeout=SILENT_SECONDS,
            )

    with Stream(produce, until=stop.due) as stream:
        try:
            for message in stream:
                for line in progress.read(message):
                    on_line(line)
        except APIError as error:
            progress.fail(explanation(error))
    for line in progress.finish():
        on_line(line)
    return stream.stopped


class _Stop:
    """When an engine is told that nobody waits for a build any more; `last_stage`: not before that.

    Podman's service (4.3.1) dies of it while other stages follow the one at hand, and whatever else
    it was doing dies too: the next stage gives up its place in the queue, all builders are taken
    away, and the stage at work looks for its own. So the last stage is waited for, as long as one
    may keep somebody waiting who has pressed Ctrl-C; twice too, for nothing is removed by a service
    that is dead.
    """

    def __init__(self, cancel: Cancel, progress: BuildProgress, *, last_stage: bool) -> None:
        self._cancel = cancel
        self._progress = progress
        self._last_stage = last_stage
        self._since: float | None = None

    def asked(self) -> bool:
        return self._cancel.requested() is not None

    def due(self) -> bool:
        if not self.asked():
            return False
        if not self._last_stage or self._progress.last_stage:
            return True
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since > _STAGES_S


def _check_files(order: BuildOrder) -> None:
    containerfile = order.context / order.containerfile
    for path, missing in (
        (order.context, not order.context.is_dir()),
        (containerfile, not containerfile.is_file()),
    ):
        if missing:
            raise BuildError(
                f"image {order.tag} cannot be built: there is no {path}",
                fix="correct `context` (a directory) and `containerfile` (relative to it) of its "
                "build",
            )


@contextmanager
def _packed(order: BuildOrder, labelled: LabelledStages | None) -> Iterator[tuple[IO[bytes], str]]:
    """The context without what is ignored, as an archive, and its Containerfile's name in it.

    By ourselves: the SDK leaves the archive open when the engine does not take it.
    """
    ignored: list[str] = []
    for name in (".containerignore", ".dockerignore"):
        if (order.context / name).is_file():
            lines = (order.context / name).read_text().splitlines()
            ignored = [line.strip() for line in lines if line.strip() and line[0] != "#"]
            break
    containerfile: tuple[str | None, str | None]
    if labelled is None:
        containerfile = process_dockerfile(order.containerfile, str(order.context))
    else:
        # A name of its own, which hides no file of the context.
        containerfile = f".containerfile.{token_hex(8)}", labelled.text
    with TemporaryFile() as archive:
        try:
            tar(order.context, exclude=ignored, dockerfile=containerfile, fileobj=archive)
        except OSError as error:
            raise _unreadable(order, error) from None
        yield archive, containerfile[0] or order.containerfile


def _labelled(order: BuildOrder) -> LabelledStages:
    text = (order.context / order.containerfile).read_text(encoding="utf-8", errors="replace")
    return LabelledStages.of(text, order.labels, order.target)


def _unreadable(order: BuildOrder, error: OSError) -> BuildError:
    return BuildError(
        f"image {order.tag} cannot be built: its context {order.context} cannot be read",
        why=str(error),
        fix="make every file of it readable, or name what is not needed in .dockerignore",
    )


def _failed(order: BuildOrder, progress: BuildProgress) -> BuildError:
    end = "\n".join(("", *progress.lines[-_LINES:], progress.error or "no image came out of it"))
    fix = f"correct {order.containerfile}, or what it runs"
    if progress.base and _NO_BASE.search(progress.error):
        fix = (
            f"its base image {progress.base} is not here and cannot be pulled: make one from this "
            "distribution's packages with `invoke images.build`, and name that in FROM"
        )
    return BuildError(
        f"image {order.tag} does not build (context {order.context}, file {order.containerfile}"
        + (f", target {order.target})" if order.target else ")"),
        why=end.replace("\n", "\n    ").rstrip(),
        fix=fix,
    )
