"""The runs of platforms that this user's records know."""

from __future__ import annotations

from pathlib import Path

from orchestration.errors import ConfigError
from orchestration.model import Lifetime
from orchestration.record import PLATFORM_KEY, RunRecord
from orchestration.stackfile import find_config
from orchestration.wiring import Workplace, run_key


def kept_platforms(workplace: Workplace, file: Path) -> list[RunRecord]:
    """The platforms of a configuration that outlive the processes that brought them up."""
    return [
        each
        for each in workplace.runs.all()
        if each.config == str(file)
        and each.cluster is not None
        and each.lifetime is Lifetime.KEPT
        and each.key.startswith(f"{file}#{PLATFORM_KEY}")
    ]


def runs_meant(
    workplace: Workplace, config: Path | None, service: str | None, *, everything: bool = False
) -> list[RunRecord]:
    """The platforms that `--service` means: all, the only one that is up, or the default.

    A configuration that has become invalid must not keep a platform up: it is read only to learn
    what a name means. Raises ConfigError.
    """
    kept = kept_platforms(workplace, find_config(workplace.cwd, config))
    if everything or (service is None and len(kept) <= 1):
        return kept
    named = [each for each in kept if service in (each.stack, each.service)]
    if len(named) == 1:
        return named
    project = workplace.project(config)
    key = run_key(project, f"{PLATFORM_KEY}{project.platform_for(service)}")
    return [each for each in kept if each.key == key]


def run_meant(workplace: Workplace, config: Path | None, service: str | None) -> RunRecord:
    """The one platform that is up. Raises ConfigError when there is none."""
    found = runs_meant(workplace, config, service)
    if len(found) == 1:
        return found[0]
    name = f" {service}" if service else ""
    raise ConfigError(
        f"no platform{name} is up" if not found else f"several platforms{name} are up",
        fix="`stackwright e2e up`" + (f" --service {service}" if service else "")
        if not found
        else f"choose one with --service ({', '.join(each.stack for each in found)})",
    )
