"""Which engine a command uses: found by fixed rules, never silently another than was pinned."""

from __future__ import annotations

import os
import pwd
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from orchestration.engines.engine_address import (
    Address,
    Surroundings,
    found_addresses,
    named_addresses,
)
from orchestration.engines.engine_answer import Answer, Silence, ask
from orchestration.engines.engine_quirks import quirks_at
from orchestration.engines.podman_service import RULE, PodmanService
from orchestration.errors import EngineError, SilenceError
from orchestration.model import EngineName

RESTART: Final = (
    "see whether it still answers anybody (`stackwright stack doctor`), restart it, then run this "
    "again"
)
"""What to do about an engine that says nothing."""

_ABSENT: Final = "no such file"
_MISSING: Final = "Podman is not installed"
_START: Final = "see why Podman's service does not start: `podman system service --time=0`"
_INSTALL: Final = {
    "podman": "install Podman (Debian, Ubuntu: `sudo apt install podman`; Fedora: `sudo dnf "
    "install podman`; macOS: `brew install podman`, `podman machine init --now`)",
    "docker": "install Docker (Debian, Ubuntu: `sudo apt install docker.io`; Fedora: `sudo dnf "
    "install moby-engine`, `sudo systemctl start docker`; macOS: `brew install --cask docker`)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One place that was asked, and what came of it. `mute`: it is there, and says nothing."""

    rule: str
    url: str
    outcome: str
    mute: bool = False

    def __str__(self) -> str:
        return f"{self.rule}{f' ({self.url})' if self.url else ''}: {self.outcome}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEngine:
    """The engine to use. `tried`: every place asked, in order, the one taken last.

    `note`: what the user should know of the choice. `service`: what was started to have it.
    """

    name: EngineName
    version: str
    rule: str
    address: Address
    api_version: str = ""
    note: str = ""
    tried: tuple[Tried, ...] = ()
    service: PodmanService | None = None

    @property
    def url(self) -> str:
        """Where it answers; "" for processes of this machine."""
        return self.address.url

    @property
    def quirks(self) -> tuple[str, ...]:
        """What is peculiar about it; asks the engine, about 0.1 s."""
        return quirks_at(self.name, self.address)

    def close(self) -> None:
        """End what was started to have it."""
        if self.service is not None:
            self.service.close()


def find_engine(
    *,
    pinned: EngineName | None,
    url: str | None,
    environ: Mapping[str, str],
    around: Surroundings | None = None,
) -> FoundEngine:
    """The engine by the first rule that answers: STACKWRIGHT_ENGINE_URL, `url` (the
    configuration's), CONTAINER_HOST, DOCKER_HOST, Podman's default connection, the docker context,
    the known sockets, a Podman service of our own, processes of this machine.

    `pinned` is never replaced by another, and a URL that the user named must answer: EngineError
    otherwise, listing what was tried, and SilenceError when it is there and says nothing. `around`
    is where to look, this machine by default.
    """
    if pinned == "embedded":
        return _embedded("pinned", ())
    around = around or surroundings(environ)
    search = _Search(pinned)
    for address in named_addresses(url, around):
        # Podman's own variables say nothing to who wants Docker.
        if pinned == "docker" and address.rule.startswith("CONTAINER_"):
            continue
        if found := search.ask(address):
            return found
        search.insist_on_the_named(address)
    for address in found_addresses(around):
        if found := search.ask(address):
            return found
    if pinned != "docker" and (found := search.serve(around)):
        return found
    if pinned is not None:
        raise search.nothing_pinned(pinned)
    return _embedded("no container engine answers", tuple(search.tried))


def reopen(
    name: str, url: str, environ: Mapping[str, str], *, insist: bool = False
) -> FoundEngine | None:
    """The engine of an earlier run at `url`, or None when it is not there any more.

    `insist`: SilenceError when it is there and says nothing.
    """
    if name == "embedded":
        return _embedded("the run's record", ())
    around = surroundings({**environ, "STACKWRIGHT_ENGINE_URL": url})
    address = replace(next(named_addresses(None, around)), rule="the run's record")
    search = _Search(None)
    found = search.ask(address)
    if insist and search.tried[-1].mute:
        raise SilenceError(
            f"{name} at {url} does not answer",
            why=f"it accepts connections, and says nothing: {search.tried[-1].outcome}",
            fix=RESTART,
        )
    return found if found is not None and found.name == name else None


def surroundings(environ: Mapping[str, str]) -> Surroundings:
    """This machine as seen by the user of `environ`."""
    runtime = environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return Surroundings(environ=environ, home=_home(environ), runtime=Path(runtime))


def _home(environ: Mapping[str, str]) -> Path:
    if environ.get("HOME"):
        return Path(environ["HOME"])
    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        # Containers run as users that no file knows.
        return Path("/")


class _Search:
    """Asks one place after the other and remembers what came of it."""

    def __init__(self, pinned: EngineName | None) -> None:
        self.tried: list[Tried] = []
        self._pinned = pinned

    def ask(self, address: Address) -> FoundEngine | None:
        """The engine at `address`, if it is one to use."""
        if address.url and any(each.url == address.url for each in self.tried):
            return None
        answer = ask(address)
        match answer:
            case Silence(outcome, mute):
                self._note(address, outcome, mute=mute)
                return None
            case Answer() if self._pinned not in (None, answer.name):
                self._note(address, f"answers, but is {answer.name.capitalize()}")
                return None
            case Answer():
                self._note(address, f"{answer.name.capitalize()} {answer.version}")
                return self._found(answer, address)

    def serve(self, around: Surroundings) -> FoundEngine | None:
        """Podman, served by us, where it is installed."""
        podman = shutil.which("podman", path=around.environ.get("PATH", os.defpath))
        if podman is None or sys.platform != "linux":
            self.tried.append(Tried(rule=RULE, url="", outcome=_MISSING))
            return None
        match PodmanService.start(podman, around.environ):
            case str(trouble):
                self.tried.append(Tried(rule=RULE, url="", outcome=trouble))
                return None
            case (service, answer):
                self._note(service.address, f"Podman {answer.version}")
                found = self._found(answer, service.address)
                note = (
                    "no Podman socket listens, so a private `podman system service` runs as long "
                    "as this command; `systemctl --user enable --now podman.socket` keeps one"
                )
                return replace(found, service=service, note=note)

    def insist_on_the_named(self, address: Address) -> None:
        """Raise EngineError unless what the user named only turned out to be the other engine."""
        if not self.tried or self.tried[-1].rule != address.rule:
            return
        outcome = self.tried[-1].outcome
        if not outcome.startswith("answers, but is "):
            kind = SilenceError if self.tried[-1].mute else EngineError
            raise kind(
                f"{address.rule} names an engine that does not answer: {address.url or '(none)'}",
                why=outcome,
                fix=f"start it, correct {address.rule}, or unset it to let stackwright look",
            )
        if not address.rule.startswith(("CONTAINER_", "DOCKER_")) or self._pinned is None:
            raise EngineError(
                f"{self._pinned or 'a container engine'} is wanted, and {address.rule} "
                f"({address.url}) {outcome}",
                fix=f"correct {address.rule}, or the pin (--engine, STACKWRIGHT_ENGINE, "
                "engine.use)",
            )

    def nothing_pinned(self, pinned: EngineName) -> EngineError:
        """Nothing fits the pin: everything that was tried, and the way out."""
        remedies = [
            each.outcome.partition(": ")[2]
            for each in self.tried
            if pinned in each.url and each.outcome.startswith("permission denied: ")
        ]
        start = {
            "podman": "start it (`systemctl --user start podman.socket`)",
            "docker": "start it (`sudo systemctl start docker`)",
        }.get(pinned, "")
        mute = any(each.mute and pinned in f"{each.rule} {each.url}".lower() for each in self.tried)
        return (SilenceError if mute else EngineError)(
            f"{pinned} is pinned, and no {pinned.capitalize()} answers",
            why="tried, in this order:\n" + "\n".join(f"    {each}" for each in self.tried),
            fix="; or ".join((*remedies[:1], start, _INSTALL[pinned], "change the pin")),
        )

    def _note(self, address: Address, outcome: str, *, mute: bool = False) -> None:
        self.tried.append(Tried(rule=address.rule, url=address.url, outcome=outcome, mute=mute))

    def _found(self, answer: Answer, address: Address) -> FoundEngine:
        return FoundEngine(
            name=answer.name,
            version=answer.version,
            rule=address.rule,
            address=address,
            api_version=answer.api_version,
            tried=tuple(self.tried),
        )


def _embedded(rule: str, tried: tuple[Tried, ...]) -> FoundEngine:
    note = ""
    if tried:
        reasons = [str(each) for each in tried if _telling(each)]
        note = (
            "no container engine answers"
            + (f" ({'; '.join(reasons)})" if reasons else "")
            + ", so components run as processes of this machine. For containers, "
            + (_START if any(_unserved(each) for each in tried) else _INSTALL["podman"])
        )
    from orchestration.engines.embedded import embedded_info

    return FoundEngine(
        name="embedded",
        version=embedded_info(rule).version,
        rule=rule,
        address=Address(rule=rule, url=""),
        note=note,
        tried=tried,
    )


def _telling(tried: Tried) -> bool:
    return _unserved(tried) or (tried.outcome != _ABSENT and bool(tried.url))


def _unserved(tried: Tried) -> bool:
    """Whether Podman is there, and could not be served."""
    return tried.rule == RULE and tried.outcome != _MISSING
