"""The tables that belong to the other half of stackwright: read for what they say, not checked.

`[services.*]` and `[ports.services.*]` are strict there. Here a value of another form is passed
over, so that a mistake in a stack does not keep the linter from reading.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lint.config_file import ConfigFile
from lint.settings import LintConfig, ServiceSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseConfig:
    """A configuration without its `[lint]` table, and the directory that its paths start from."""

    config: LintConfig
    base: str
    """Relative to the root; empty: the root itself."""


def loose_config(config: ConfigFile, root: Path) -> LooseConfig:
    """What the file says of services and ports, with paths made relative to `root`."""
    file = Path(os.path.relpath(config.file, root)).as_posix()
    base = posixpath.dirname(file)
    return LooseConfig(
        config=LintConfig(
            file=file,
            services=tuple(_services(config.data.get("services"), base)),
            ports=_ports(config.data.get("ports")),
        ),
        base=base,
    )


def from_root(glob: str, base: str) -> str:
    """A path glob of a file in `base`, as one from the root.

    Without a `/` it means a name at any depth, and then at any depth below `base`.
    """
    if not base:
        return glob
    anywhere = "/" not in glob.rstrip("/") and glob not in (".", "..")
    return path_from_root(f"**/{glob}" if anywhere else glob, base)


def path_from_root(path: str, base: str) -> str:
    """A path in a file in `base`, as one from the root. `..` in front: it lies outside."""
    return posixpath.normpath(posixpath.join(base, path.removeprefix("/")))


def _services(written: object, base: str) -> Iterator[ServiceSettings]:
    for name, table in _table(written).items():
        match table:
            case dict():
                language, paths = table.get("language"), table.get("paths")
            case _:
                continue
        yield ServiceSettings(
            name=name,
            language=language if isinstance(language, str) else "",
            paths=tuple(
                path_from_root(each, base)
                for each in (paths if isinstance(paths, list) else ())
                if isinstance(each, str) and each
            ),
        )


def _ports(written: object) -> Mapping[str, Mapping[str, int]]:
    services = _table(_table(written).get("services"))
    return {
        service: {
            name: number
            for name, number in _table(names).items()
            if isinstance(number, int) and not isinstance(number, bool)
        }
        for service, names in services.items()
    }


def _table(written: object) -> Mapping[str, object]:
    return written if isinstance(written, dict) else {}
