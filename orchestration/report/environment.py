"""Endpoints as environment variables, credentials included: that is what they are asked for."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from orchestration.errors import ConfigError
from orchestration.model import Endpoint

_BARE: Final = re.compile(r"[A-Za-z0-9_./:@%+,=-]*")
_ESCAPED: Final = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "$": r"\$"})


def render_env(
    endpoints: Iterable[Endpoint], *, style: Literal["export", "dotenv"] = "export"
) -> str:
    """One variable a line: for `eval`, or for a `.env` file.

    Names: the component in capitals, everything but letters and digits as `_` (and `_` before a
    leading digit), then
      `_HOST` `_PORT` `_URL`    of its main port: the first of its endpoints, which is its gate's;
      `_DSN`                    likewise, where the URL alone does not tell credentials or database;
      `_<NAME>_PORT` `_<NAME>_URL`  of each further port, by its name: `DATASTORAGE_METRICS_PORT`.

    Raises ConfigError when two of them come out the same.
    """
    write = _export if style == "export" else _dotenv
    lines: dict[str, str] = {}
    owners: dict[str, Endpoint] = {}
    for name, value, endpoint in _variables(endpoints):
        if name in lines:
            both = " and ".join(f"{e.component}:{e.port_name}" for e in (owners[name], endpoint))
            raise ConfigError(
                f"the variable {name} would stand for two things",
                why=f"that is what the ports {both} are both called",
                fix="rename one of the components or ports",
            )
        lines[name] = write(name, value)
        owners[name] = endpoint
    return "".join(f"{line}\n" for line in lines.values())


def _variables(endpoints: Iterable[Endpoint]) -> Iterator[tuple[str, str, Endpoint]]:
    seen: set[str] = set()
    for each in endpoints:
        name = _capitals(each.component)
        if each.component in seen:
            name = f"{name}_{_capitals(each.port_name, inner=True)}"
        else:
            yield f"{name}_HOST", each.host, each
        yield f"{name}_PORT", str(each.port), each
        yield f"{name}_URL", each.url, each
        if each.component not in seen and each.dsn != each.url:
            yield f"{name}_DSN", each.dsn, each
        seen.add(each.component)


def _capitals(name: str, *, inner: bool = False) -> str:
    capitals = re.sub(r"[^A-Z0-9]", "_", name.upper())
    return capitals if inner or not capitals[:1].isdigit() else f"_{capitals}"


def _export(name: str, value: str) -> str:
    return f"export {name}={shlex.quote(value)}"


def _dotenv(name: str, value: str) -> str:
    if _BARE.fullmatch(value):
        return f"{name}={value}"
    if not any(char in value for char in "'\\\n\r"):
        # The one form in which every reader takes all characters, `$` included, as they are.
        return f"{name}='{value}'"
    return f'{name}="{value.translate(_ESCAPED)}"'
