"""Images that were built for a run, brought to the nodes of its cluster: all at once, each as one
archive."""

from __future__ import annotations

import asyncio
import errno
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from orchestration.cluster.command_line import CommandLine, Ended, Ending
from orchestration.cluster.image_loaders import LOADERS, Target
from orchestration.errors import ImageError, StackwrightError
from orchestration.printable import one_line

LOAD_S: Final = 300.0
"""Seconds for one image: its archive, and its way into every node."""
AT_ONCE: Final = 8
"""Archives on the disk at a time."""

_LINES: Final = 6
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedImage:
    """One image on the nodes. Seconds: to save its archive, and to load it."""

    image: str
    saved_s: float
    loaded_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failure:
    image: str
    step: str
    why: str
    fix: str


async def load_images(
    images: Iterable[str],
    target: Target,
    *,
    save: Callable[[str, Path], None],
    environ: Mapping[str, str],
    directory: Path | None = None,
    timeout_s: float = LOAD_S,
    on_loaded: Callable[[LoadedImage], None] = lambda _: None,
) -> tuple[LoadedImage, ...]:
    """Load every image once; what there is to do for none is nothing.

    `save(image, path)` writes the image's archive (`docker save`) and may raise StackwrightError or
    OSError; it is called on threads, several at once. `directory`: where archives go for as long
    as they are needed, the one for temporary files by default.

    Raises one ImageError for all that failed, when everything else is loaded, and when there is no
    place for archives.
    """
    wanted = tuple(dict.fromkeys(images))
    loader = LOADERS[target.loader]
    if loader.words is None or not wanted:
        return ()
    try:
        place = tempfile.TemporaryDirectory(
            prefix="stackwright-images-", dir=directory, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise ImageError(
            f"{len(wanted)} images cannot be brought to the nodes of {target.cluster}",
            why=f"there is no place for their archives: {error.strerror or error}",
            fix="make room for temporary files, or point TMPDIR at a larger disk",
        ) from error
    with place as folder:
        load = _Load(target, save, environ, Path(folder), timeout_s)
        turn = asyncio.Semaphore(AT_ONCE)

        async def one(at: int, image: str) -> LoadedImage | _Failure:
            async with turn:
                found = await load.bring(image, Path(folder) / f"{at}.tar")
            if isinstance(found, LoadedImage):
                on_loaded(found)
            return found

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(at, image)) for at, image in enumerate(wanted)]
    results = [each.result() for each in tasks]
    failed = [each for each in results if isinstance(each, _Failure)]
    if failed:
        raise _told(failed, len(wanted), target)
    return tuple(each for each in results if isinstance(each, LoadedImage))


@dataclass(frozen=True, slots=True)
class _Load:
    target: Target
    save: Callable[[str, Path], None]
    environ: Mapping[str, str]
    folder: Path
    timeout_s: float

    async def bring(self, image: str, archive: Path) -> LoadedImage | _Failure:
        now = asyncio.get_running_loop().time
        begun = now()
        try:
            try:
                async with asyncio.timeout(self.timeout_s):
                    await _beside(lambda: self.save(image, archive))
            except (StackwrightError, OSError) as error:
                return self._not_saved(image, error)
            saved = now()
            failure = await self._load(image, archive, self.timeout_s - (saved - begun))
        finally:
            archive.unlink(missing_ok=True)
        return failure or LoadedImage(image=image, saved_s=saved - begun, loaded_s=now() - saved)

    async def _load(self, image: str, archive: Path, seconds: float) -> _Failure | None:
        loader = LOADERS[self.target.loader]
        if loader.words is None:
            return None
        ended = await self._run(loader.words(str(archive), self.target.cluster), seconds)
        if not ended.ok or (loader.failed is not None and loader.failed.search(ended.said)):
            return self._refused(image, ended)
        if loader.listed is None:
            return None
        there = await self._run(loader.listed(self.target.cluster), seconds)
        if there.ok and not any(_same(image, line) for line in there.out.splitlines()):
            return _Failure(
                image=image,
                step=f"`{ended.shown}`",
                why="it says nothing, and the image is not on the nodes "
                f"(`{there.shown}`)" + (f": {one_line(ended.said)}" if ended.said else ""),
                fix="run it by hand with `--alsologtostderr -v=3`",
            )
        return None

    async def _run(self, words: tuple[str, ...], seconds: float) -> Ended:
        return await CommandLine(words=words, environ=self.environ).run(timeout=seconds)

    def _refused(self, image: str, ended: Ended) -> _Failure:
        why = ended.told(_LINES)
        fix = "see whether the cluster is up, and the container engine that it runs on"
        if ended.ending is Ending.MISSING:
            why = f"{self.target.loader} is not installed"
            fix = f"install {self.target.loader}, which made this cluster, and put it on PATH"
        elif ended.ending is Ending.TIMED_OUT:
            why = f"it was not done within {self.timeout_s:g} s; {why}"
            fix = "see what keeps the nodes or the container engine busy"
        elif "no space left" in ended.said.lower():
            fix = "make room where the nodes keep their images: the engine's disk"
        return _Failure(image=image, step=f"`{ended.shown}`", why=why, fix=fix)

    def _not_saved(self, image: str, error: StackwrightError | OSError) -> _Failure:
        step = f"saving it to {self.folder}"
        match error:
            case StackwrightError():
                why = "; ".join(filter(None, (error.what, error.why)))
                return _Failure(image=image, step=step, why=why, fix=error.fix)
            case TimeoutError():
                why = f"it was not saved within {self.timeout_s:g} s"
                return _Failure(
                    image=image, step=step, why=why, fix="see whether the engine answers"
                )
            case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                free = shutil.disk_usage(self.folder).free >> 20
                fix = f"make room in {self.folder.parent} ({free} MB are free), or point TMPDIR at "
                fix += "a larger disk"
                return _Failure(image=image, step=step, why="the disk is full", fix=fix)
            case _:
                return _Failure(
                    image=image, step=step, why=str(error), fix="make that place writable"
                )


def _same(image: str, listed: str) -> bool:
    """Whether a line of a list of images means `image`; short names are listed with a registry."""
    line = listed.strip()
    return line in (image, f"docker.io/{image}", f"docker.io/library/{image}")


def _told(failed: list[_Failure], count: int, target: Target) -> ImageError:
    def line(each: _Failure) -> str:
        return f"{each.image}: {each.step}: {each.why}"

    fixes = list(dict.fromkeys(each.fix for each in failed if each.fix))
    where = f"the nodes of {target.loader} cluster {target.cluster}"
    if len(failed) == 1:
        only = failed[0]
        return ImageError(
            f"image {only.image} did not get to {where}",
            why=f"{only.step}: {only.why}",
            fix=only.fix,
        )
    return ImageError(
        f"{len(failed)} of {count} images did not get to {where}",
        why="\n    ".join(("", *map(line, failed))),
        fix="; ".join(fixes),
    )


async def _beside(work: Callable[[], _T]) -> _T:
    """What `work` comes to, on a thread that keeps nobody's process alive."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(value: _T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)  # type: ignore[arg-type]  # there is one when nothing was raised

    def run() -> None:
        value, error = None, None
        try:
            value = work()
        except BaseException as raised:  # noqa: BLE001 - it is raised where the result is awaited
            error = raised
        # The loop may be over when nobody waits any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(settle, value, error)

    threading.Thread(target=run, name="stackwright-save", daemon=True).start()
    return await done
