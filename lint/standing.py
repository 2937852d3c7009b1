"""One service as its entries show it: suites, recipes, and the containers they start."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from lint.effects import (
    AnyEffect,
    Compose,
    Effect,
    Start,
    Trace,
)
from lint.model import Evidence, Place, Related, Tier
from lint.project import Project, ServiceOf, place
from lint.rules.compose_use import run_files
from lint.rules.images import Built


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One service's entries."""

    project: Project
    service: ServiceOf
    built: Built

    @cached_property
    def suites(self) -> tuple[Trace, ...]:
        """Its suites of the integration tier."""
        return tuple(
            trace
            for trace in self.project.live
            if trace.entry.kind == "suite" and self._serves(trace)
        )

    @cached_property
    def others(self) -> tuple[Trace, ...]:
        """Its recipes, jobs and the scripts that they run."""
        return tuple(
            trace
            for trace in self.project.live
            if trace.entry.kind != "suite" and self._serves(trace)
        )

    def _serves(self, trace: Trace) -> bool:
        return self.service.name in trace.entry.services and trace.entry.tier is Tier.INTEGRATION

    def effects(self, traces: Iterable[Trace] | None = None) -> Iterable[AnyEffect]:
        """All effects, in order, trace by trace."""
        for trace in self.suites if traces is None else traces:
            yield from trace.effects

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        """Containers that its suites start in code: by no script, outside of handlers."""
        return tuple(
            effect
            for trace in self.suites
            for effect in trace.effects
            if isinstance(effect, Start) and not _by_script(effect) and not effect.context.handler
        )

    @cached_property
    def infrastructure(self) -> tuple[AnyEffect, ...]:
        """Whatever shows that its integration tier needs containers."""
        return tuple(
            effect
            for effect in self.effects((*self.suites, *self.others))
            if isinstance(effect, Start | Compose)
        )

    @cached_property
    def menus(self) -> tuple[Trace, ...]:
        """Its recipes and jobs; the scripts that they run are seen through them."""
        return tuple(trace for trace in self.others if trace.entry.kind in ("recipe", "job"))

    @cached_property
    def containers(self) -> tuple[Start, ...]:
        """Every container that its entries start, by scripts and recipes as well."""
        return tuple(
            effect
            for effect in self.effects((*self.suites, *self.others))
            if isinstance(effect, Start) and not effect.context.handler
        )

    @cached_property
    def composed_ports(self) -> tuple[tuple[int, Place], ...]:
        """Host ports of the compose files that its entries run."""
        files = {
            path: one
            for path, facts in self.project.files.items()
            for one in facts.compose
            if not one.embedded
        }
        run = {
            path
            for trace in (*self.suites, *self.others)
            for effect in trace.effects
            if isinstance(effect, Compose)
            for path in run_files(effect, trace, files)
        }
        return tuple(
            (port.number, place(path, port.at))
            for path in sorted(run)
            for service in files[path].services
            for port in service.ports
        )

    @cached_property
    def several(self) -> bool:
        """Whether its stack has more than one container, compose files counted."""
        if len(self.starts) > 1:
            return True
        files = {
            told.rpartition("/")[2]
            for effect in self.infrastructure
            if isinstance(effect, Compose)
            for one in effect.files
            if (told := one.known)
        }
        composed = [
            compose
            for path, facts in self.project.files.items()
            for compose in facts.compose
            if (not files and not compose.partial) or path.rpartition("/")[2] in files
        ]
        uses = any(isinstance(effect, Compose) for effect in self.infrastructure)
        return uses and (not composed or any(len(one.services) > 1 for one in composed))

    @cached_property
    def unresolved(self) -> tuple[Place, ...]:
        """Calls of its suites that could not be followed."""
        return tuple(place for trace in self.suites for place in trace.unresolved)


def _by_script(effect: Effect) -> bool:
    return any(
        step.defined.path.endswith((".sh", ".bash")) or step.callee.endswith(".sh")
        for step in effect.chain
    ) or effect.at.path.endswith((".sh", ".bash"))


def evidence(effect: Effect, why: str) -> Evidence:
    """A place with the calls that lead there."""
    chain = tuple(Related(place=step.place, why=f"calls {step.callee}") for step in effect.chain)
    return Evidence(place=effect.at, why=why, chain=chain)
