"""What running a program does to the world, as far as the guidance cares.

The interpreter runs every entry point (suite, test, recipe, workflow job, script) abstractly and
yields these in order. A rule judges them; it sees no syntax.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lint.model import Place, Tier
from lint.text import Text

NOWHERE: Final = Place("", 0)
"""Before the interpreter has placed an effect."""

Word = tuple[Text, ...]
"""The texts that one argument may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call on the way from an entry point to an effect."""

    place: Place
    """The call, inside the function that makes it."""
    callee: str
    """The function called, as in the source: `StartGateway`, `Orchestrator.start_all`."""
    defined: Place
    """Where the callee is defined (spans it whole)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A condition under which an effect happens."""

    place: Place
    probes: bool = False
    """It asks whether infrastructure answers (a probe, `which`, `is_available()`)."""
    names: tuple[str, ...] = ()
    """Names called or read in the condition."""
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The circumstances of an effect."""

    phase: str = "main"
    """`setup` (before-hook, fixture before its yield), `test`, `teardown` (after-hook, after
    yield, defer, finally, trap), `main` (recipes, jobs, scripts)."""
    handler: bool = False
    """Only after an error."""
    polling: bool = False
    """Inside a loop or library call that repeats until it succeeds."""
    loop: bool = False
    concurrent: bool = False
    ignored: bool = False
    """Its failure is ignored (`|| true`)."""
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """The root: where it executes, where its value was decided, how the entry gets there."""

    at: Place = NOWHERE
    decided: Place = NOWHERE
    """The call (of a wrapper) whose argument decides the value; else equal to `at`."""
    chain: tuple[Step, ...] = ()
    context: Context = field(default_factory=Context)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Effect):
    """A process: one possible argv. Every classified command is reported as this as well."""

    argv: tuple[Word, ...] = ()
    complete: bool = True
    """False when more, unknown arguments may follow."""
    api: str = ""
    """`subprocess.run`, `exec.Command`, `shell`, `recipe`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compose(Effect):
    """Compose is invoked: by command line (`podman-compose`, `docker compose`) or a library."""

    tool: str = ""
    """As a user types it: `podman-compose`, `docker compose`, `testcontainers DockerCompose`."""
    verb: str = ""
    """`up`, `down`, `build`, … or empty when unknown."""
    files: tuple[Text, ...] = ()
    directory: str = ""
    """Where it is run, relative to the root, as far as known: its default file lies there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Effect):
    """A container is started (or run to its end: `one_shot`)."""

    image: Word = ()
    name: Word = ()
    ports: tuple[tuple[Text, Text], ...] = ()
    """(host, container) as published."""
    one_shot: bool = False
    waits: bool = False
    """The API returns only when the container is ready (testcontainers modules, `--wait`)."""
    vanishes: bool = False
    """A library was told to remove it when it stops; of a command line its words tell (`--rm`)."""
    api: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build(Effect):
    """An image is built. `tags` empty: no tag was given."""

    tags: tuple[Word, ...] = ()
    directory: Word = ()
    file: Word = ()
    api: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull(Effect):
    """An image is pulled explicitly."""

    image: Word = ()
    api: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait(Effect):
    """Readiness is awaited: a probe repeated until it succeeds, or an API that does so."""

    target: Text = field(default_factory=Text)
    """URL, address, container or command, as far as known."""
    how: str = ""
    """`http`, `tcp`, `exec`, `database`, `health`, `library`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe(Effect):
    """Readiness is asked once, not repeated."""

    target: Text = field(default_factory=Text)
    how: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sleep(Effect):
    """A pause of fixed length outside of any polling loop. `seconds` None: not known."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal(Effect):
    """Something is stopped or removed."""

    what: str = "container"
    """`container`, `network`, `image`, `volume`, `compose`, `all` (prune, `--rm`), `stop` (stopped
    but not removed)."""
    names: tuple[Word, ...] = ()
    """Texts that name what is removed; empty: a filter, a prune, an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(Effect):
    """A network is created."""

    name: Word = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Effect):
    """Tests are skipped. Its guards tell when."""

    reason: Text = field(default_factory=Text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster(Effect):
    """A Kubernetes cluster is made or spoken to (kind, kubectl, envtest)."""

    tool: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsTests(Effect):
    """A test runner is started on suites of this repository."""

    runner: str = ""
    paths: tuple[str, ...] = ()
    """Directories or files as far as known, relative to the root; empty: everything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsFile(Effect):
    """A script of this repository is executed (its effects follow, with a longer chain)."""

    path: str = ""


AnyEffect = (
    Compose
    | Start
    | Build
    | Pull
    | Wait
    | Probe
    | Sleep
    | Removal
    | Network
    | Skip
    | Cluster
    | RunsTests
    | RunsFile
    | Command
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What one entry point does, in order.

    A suite is one trace: its before-hooks and fixtures (phase `setup`), its tests, its after-hooks
    (`teardown`).
    """

    entry: Entry
    effects: tuple[AnyEffect, ...]
    unresolved: tuple[Place, ...] = ()
    """Calls that may matter and could not be followed (budget, unknown callee)."""
    cut: tuple[Place, ...] = ()
    """Of these the tests that were too long to be followed to their end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that people or CI start.

    `kind`: `suite`, `recipe`, `job`, `script` (an executable file that a recipe, job or document
    may start by hand), `main`, `unreached` (a function that no entry reaches: dead code).
    """

    kind: str
    name: str
    place: Place
    language: str
    tier: Tier
    services: tuple[str, ...] = ()
    reached_by: tuple[str, ...] = ()
    """For scripts: entries that run it. Empty: nobody does."""
    by_hand: bool = False
    """A script that runs the tests itself: people start it."""

    @property
    def live(self) -> bool:
        """Whether anybody starts it: every suite, recipe and job; a script if one of them runs it,
        or if it runs the tests itself."""
        return self.kind in ("suite", "recipe", "job") or self.by_hand or bool(self.reached_by)
