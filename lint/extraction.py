"""The facts of many files: from the cache where they are known, else from their front ends, on
several processes when there is enough to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Final

import msgspec

from lint.cache import Cache
from lint.facts import FileFacts, Unparsable
from lint.grep import Grep
from lint.languages.table import NAMED
from lint.program import Span
from lint.repository import SourceFile, blob_id

_BYTES_A_SECOND: Final = {"python": 500_000, "go": 900_000, "shell": 900_000, "markdown": 1_500_000}
"""Measured, one process. Only the order of magnitude counts."""
_USUAL: Final = 1_500_000
_PAYS: Final = 1.2
"""Seconds of work from which more processes finish sooner; each takes 0.3 s to start."""
_MOST: Final = 8
_WORKER: Final = """\
import sys
sys.path[:] = {path!r}
from lint.extraction import work
work(sys.stdin.buffer, sys.stdout.buffer)
"""


@dataclass(frozen=True, slots=True)
class _Task:
    path: str
    key: str
    language: str
    data: bytes

    @property
    def seconds(self) -> float:
        return len(self.data) / _BYTES_A_SECOND.get(self.language, _USUAL)


def facts_of(files: Sequence[SourceFile], grep: Grep, cache: Cache) -> dict[str, FileFacts]:
    """Path → facts. What has to be extracted is remembered in the cache.

    Files that share their content share their facts. Those that cannot be read are left out.
    """
    found: dict[str, FileFacts] = {}
    missing: list[SourceFile] = []
    known: dict[str, FileFacts] = {}
    for one in files:
        key = _key(one.language, one.blob)
        facts = known.get(key) or cache.facts(key)
        if facts is None:
            missing.append(one)
        else:
            found[one.path] = known[key] = facts
    texts = grep.texts(missing)
    tasks: dict[str, _Task] = {}
    for one in missing:
        if one.path in texts:
            key = _key(one.language, one.blob)
            tasks.setdefault(key, _Task(one.path, key, one.language, texts[one.path]))
    for task, made in _extracted(list(tasks.values())):
        known[task.key] = made
        blob = task.key.partition(":")[2]
        if blob_id(task.data, len(blob)) == blob:
            cache.keep(task.key, made)
    return found | {
        one.path: known[_key(one.language, one.blob)] for one in missing if one.path in texts
    }


def extract(language: str, data: bytes) -> FileFacts:
    """The facts of one content. A front end that fails is told as a file that cannot be read."""
    try:
        return NAMED[language].extract(data)
    except (Exception, RecursionError) as error:  # noqa: BLE001 - one file never ends a whole run
        why = f"the {language} front end failed ({type(error).__name__}: {error}); please report it"
        return FileFacts(language=language, unparsable=(Unparsable(why, Span(1)),))


def _key(language: str, blob: str) -> str:
    return f"{language}:{blob}"


def _extracted(tasks: Sequence[_Task]) -> Iterator[tuple[_Task, FileFacts]]:
    """The work is shared with as many processes as there are processors, where that pays."""
    share = min(len(os.sched_getaffinity(0)), _MOST, len(tasks))
    if share < 2 or sum(task.seconds for task in tasks) < _PAYS:
        yield from ((task, extract(task.language, task.data)) for task in tasks)
        return
    first, *rest = _shares(tasks, share)
    helpers = [_Helper(each) for each in rest]
    yield from ((task, extract(task.language, task.data)) for task in first)
    for helper in helpers:
        yield from zip(helper.tasks, helper.made(), strict=True)


def _shares(tasks: Sequence[_Task], count: int) -> list[list[_Task]]:
    """About the same work in each: the largest first, to whoever has least."""
    shares: list[list[_Task]] = [[] for _ in range(count)]
    loads = [0.0] * count
    for task in sorted(tasks, key=lambda one: -one.seconds):
        least = loads.index(min(loads))
        shares[least].append(task)
        loads[least] += task.seconds
    return shares


class _Helper:
    """Another Python that extracts a share.

    It is no `multiprocessing` child: those import the caller's main module once more, and a fork
    of a program with threads can hang. It gets our own import path and nothing of the directory
    that it runs in, which may be the repository that is read.
    """

    def __init__(self, tasks: Sequence[_Task]) -> None:
        self.tasks = tasks
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-c", _WORKER.format(path=sys.path)],
            cwd=os.path.dirname(sys.executable),  # noqa: PTH120 - as given, links and all
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self.process.stdin:
            with self.process.stdin as stream:
                try:
                    stream.write(_ENCODER.encode([(one.language, one.data) for one in tasks]))
                except OSError:
                    self.process.kill()

    def made(self) -> list[FileFacts]:
        """In the order of the tasks; what its process failed to do is done here."""
        told = b""
        if self.process.stdout:
            with self.process.stdout as stream:
                told = stream.read()
        self.process.wait()
        try:
            facts = _ANSWERS.decode(told)
        except (msgspec.MsgspecError, RecursionError):
            facts = []
        if len(facts) == len(self.tasks):
            return facts
        return [extract(task.language, task.data) for task in self.tasks]


_ENCODER: Final = msgspec.msgpack.Encoder()
_ASKED: Final = msgspec.msgpack.Decoder(list[tuple[str, bytes]])
_ANSWERS: Final = msgspec.msgpack.Decoder(list[FileFacts])


def work(asked: IO[bytes], answers: IO[bytes]) -> None:
    """What a helper process does: contents in, facts out, both as msgpack."""
    made = [extract(language, data) for language, data in _ASKED.decode(asked.read())]
    answers.write(_ENCODER.encode(made))
    answers.flush()
