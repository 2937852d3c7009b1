"""The one room where real things meet: environment, records, engines, configuration, runner."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar
from uuid import uuid4

from orchestration.background import Background
from orchestration.errors import ConfigError, StackwrightError
from orchestration.inputs import NOT_HERE, Reading, image_inputs, inputs_of
from orchestration.model import ENGINE_NAMES, EngineName, Secret
from orchestration.patience import FIND_S, LOOK_S, BriefPatience, Patience, stop_if_asked
from orchestration.ports import Cancel, Clock, Engine, Owners, Runs, Watchdogs
from orchestration.prompt_engine import PromptEngine
from orchestration.record import RunRecord
from orchestration.redact import spelled_secrets
from orchestration.runner import Runner
from orchestration.state import (
    FileRuns,
    HostOwners,
    ProcessWatchdogs,
    SystemClock,
    state_home,
)
from orchestration.state.home import closed_directory
from orchestration.version import version

if TYPE_CHECKING:
    from orchestration.engines.discovery import FoundEngine
    from orchestration.events import Emit
    from orchestration.images import ImageStore
    from orchestration.project import Project
    from orchestration.stack import Stack

T = TypeVar("T")


CLUSTER: Final = "kubernetes"
"""Asked for like an engine where a stack goes to a cluster."""

CLEANER: Final = "orchestration.operations.abandoned:clean_up"
"""What a watchdog calls; named, because it stands above this room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """An engine in use, as it was found."""

    engine: Engine
    found: FoundEngine

    @contextmanager
    def image_store(self) -> Iterator[ImageStore]:
        """Where base images go. Raises EngineError where components run without images."""
        from orchestration.engines import image_store

        with image_store(self.found) as store:
            yield store


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """The real parts of one process, for any of its runs."""

    environ: Mapping[str, str]
    cwd: Path
    home: Path
    clock: Clock
    owners: Owners
    runs: Runs
    watchdogs: Watchdogs

    @classmethod
    def here(cls, *, owner: int | None = None) -> Workplace:
        """This process, its environment and directory. `owner`: the pid that answers for runs.

        Raises ConfigError when there is no place to keep state, or the directory is gone.
        """
        environ = dict(os.environ)
        try:
            cwd = Path.cwd()
        except OSError as error:
            raise ConfigError(
                f"the current directory cannot be told: {error.strerror}",
                fix="go to one that is there",
            ) from error
        home = state_home(environ)
        owners = HostOwners(owner)
        return cls(
            environ=environ,
            cwd=cwd,
            home=home,
            clock=SystemClock(),
            owners=owners,
            runs=FileRuns(home, owners),
            watchdogs=ProcessWatchdogs(home=home, owners=owners, cleaner=CLEANER),
        )

    def project(self, config: Path | None = None) -> Project:
        """The configuration at `config`, else the one found from here upward."""
        from orchestration.stackfile import find_config, load

        return load(find_config(self.cwd, config))

    def pin(self, option: str | None, project: Project | None) -> EngineName | None:
        """The engine that the user pinned: option, then STACKWRIGHT_ENGINE, then configuration."""
        named = option or self.environ.get("STACKWRIGHT_ENGINE") or None
        # It says where stacks go, and nothing of what builds their images.
        if named is None or (option is None and named == CLUSTER):
            return project.engine if project is not None else None
        for known in ENGINE_NAMES:
            if named == known:
                return known
        raise ConfigError(
            f"there is no engine {named!r}",
            fix=f"one of {', '.join(ENGINE_NAMES)}, in --engine or STACKWRIGHT_ENGINE",
        )

    def refuse_cluster(self, option: str | None) -> None:
        """For whoever runs stacks on this machine alone: ConfigError when Kubernetes is asked for,
        by option or by STACKWRIGHT_ENGINE.
        """
        if (option or self.environ.get("STACKWRIGHT_ENGINE")) == CLUSTER:
            raise ConfigError(
                "a stack of `stack_up(…)` or of the pytest fixture runs on this machine alone, and "
                f"{CLUSTER} is asked for",
                why="" if option else "STACKWRIGHT_ENGINE says so",
                fix=f"name one of {', '.join(ENGINE_NAMES)}, or make it a platform: "
                "`platform_up(…)`, `stackwright_platform`",
            )

    def find(self, option: str | None, project: Project | None) -> FoundEngine:
        """The engine to use. Raises EngineError, telling what was tried."""
        from orchestration.engines.discovery import find_engine

        return find_engine(
            pinned=self.pin(option, project),
            url=project.engine_url if project is not None else None,
            environ=self.environ,
        )

    @contextmanager
    def connect(
        self,
        option: str | None,
        project: Project | None,
        *,
        cancel: Cancel | None = None,
        patience: Patience | None = None,
    ) -> Iterator[Connection]:
        """Find the engine and talk to it. Raises StoppedError as soon as `cancel` says so, and what
        `patience` raises.
        """
        from orchestration.engines import connect

        found = unless_stopped(cancel, lambda: self.find(option, project), patience)
        engine = connect(found, home=self.home)
        try:
            yield Connection(engine=engine, found=found)
        finally:
            engine.close()

    @contextmanager
    def connect_to(self, record: RunRecord, *, cancel: Cancel | None = None) -> Iterator[Engine]:
        """The engine that holds a run.

        Raises EngineError when it does not answer, StoppedError as soon as `cancel` says so.
        """
        from orchestration.engines import connect
        from orchestration.engines.discovery import find_engine, reopen

        found = unless_stopped(
            cancel,
            lambda: (
                reopen(record.engine, record.url, self.environ)
                or find_engine(pinned=known_engine(record.engine), url=None, environ=self.environ)
            ),
        )
        engine = connect(found, home=self.home)
        try:
            yield engine
        finally:
            engine.close()

    @contextmanager
    def look_at(self, record: RunRecord, cancel: Cancel) -> Iterator[PromptEngine]:
        """The engine that holds a run, for whoever only wants to know how it is.

        Nobody waits for any answer for longer than LOOK_S: SilenceError. Raises EngineError when it
        is not there, StoppedError as soon as `cancel` says so.
        """
        from orchestration.engines import connect
        from orchestration.engines.discovery import RESTART, find_engine, reopen

        who = f"{record.engine} at {record.url}" if record.url else record.engine
        finding = BriefPatience(self.clock, cancel, FIND_S, record.engine, RESTART)
        answering = BriefPatience(self.clock, cancel, LOOK_S, who, RESTART)
        found = unless_stopped(
            cancel,
            lambda: (
                reopen(record.engine, record.url, self.environ, insist=True)
                or find_engine(pinned=known_engine(record.engine), url=None, environ=self.environ)
            ),
            finding,
        )
        engine = connect(found, home=self.home)
        try:
            with Background() as background:
                yield PromptEngine(engine, background, answering)
        finally:
            engine.close()

    def image_cache(self) -> Path:
        """Where packages and archives of base images are kept between runs."""
        from platformdirs import user_cache_path

        return closed_directory(
            user_cache_path("stackwright"),
            what="the package cache",
            fix="point XDG_CACHE_HOME at a directory of your own",
        )

    def inputs(
        self, stack: Stack, engine: Engine, *, reading: Reading = lambda _: None
    ) -> dict[str, str]:
        """What a run of `stack` on `engine` is made from. `reading`: as `inputs_of` says."""
        return inputs_of(
            stack,
            engine=engine.info.name,
            version=version(),
            image_id=engine.find_image if engine.info.uses_images else None,
            reading=reading,
        )

    def note_pulled(self, run: str, stack: Stack, engine: Engine) -> None:
        """Note the ids of images that were not there when `run` of `stack` began: it has pulled
        them. Of others the id stays that it began with.
        """
        record = self.runs.get(run)
        if record is None or not any(each.startswith(NOT_HERE) for each in record.inputs.values()):
            return
        found = image_inputs(stack, engine.find_image)

        def note(now: RunRecord) -> RunRecord:
            late = {n: found.get(n, v) for n, v in now.inputs.items() if v.startswith(NOT_HERE)}
            return replace(now, inputs={**now.inputs, **late})

        self.runs.change(run, note)

    def runner(
        self,
        engine: Engine,
        *,
        cancel: Cancel,
        emit: Emit,
        on_failure: Callable[[StackwrightError, Callable[[str], str]], None] = lambda *_: None,
    ) -> Runner:
        """A runner on `engine`."""
        return Runner(
            engine=engine,
            runs=self.runs,
            owners=self.owners,
            watchdogs=self.watchdogs,
            clock=self.clock,
            cancel=cancel,
            emit=emit,
            new_uuid=uuid4,
            on_failure=on_failure,
        )

    def record(self, key: str) -> RunRecord | None:
        """The run that holds `key`, if any."""
        return next((each for each in self.runs.all() if each.key == key), None)


def unless_stopped(
    cancel: Cancel | None, work: Callable[[], T], patience: Patience | None = None
) -> T:
    """What `work` comes to. Raises StoppedError, and leaves it alone, as soon as a stop is asked
    for: it may take long, and a signal must end the process within seconds. `patience` may end it
    sooner: it is for finding an engine then.
    """
    if cancel is None:
        return work()
    still = patience.begin("finding it", 0.0) if patience else partial(stop_if_asked, cancel)
    with Background() as background:
        return background.begin(work).result(still)


def missing_bases(project: Project, engine: Engine) -> list[str]:
    """The images that the project's overrides name and the engine has not."""
    named = set(project.image_overrides.values()) if engine.info.uses_images else ()
    return [reference for reference in named if engine.find_image(reference) is None]


def run_key(project: Project, stack: str, session: str = "") -> str:
    """What two runs must not both hold. `session` tells runs apart that may exist side by side."""
    return f"{project.file}#{stack}#{session}"


def secrets_in(value: object) -> Iterator[str]:
    """Every secret text anywhere in a noun, so that output can be cleared of it.

    Also those that stand in plain texts: in a URL, or in a command after `--password`.
    """
    match value:
        case Secret():
            yield value.value
            # A secret that holds `${` stands escaped in what may hold references.
            yield value.value.replace("$${", "${")
        case Mapping():
            for each in value.values():
                yield from secrets_in(each)
        case str():
            yield from spelled_secrets((value,))
        case tuple() | list():
            yield from spelled_secrets(each for each in value if isinstance(each, str))
            for each in value:
                yield from secrets_in(each)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for each in fields(value):
                yield from secrets_in(getattr(value, each.name))


def known_engine(name: str) -> EngineName:
    """The engine of that name. Raises ConfigError."""
    for known in ENGINE_NAMES:
        if name == known:
            return known
    raise ConfigError(f"a run record names an unknown engine {name!r}")
