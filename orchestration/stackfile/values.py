"""The kinds of values a configuration holds: names, durations, ports, texts, images."""

from __future__ import annotations

import ipaddress
import math
import re
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StringConstraints

from orchestration.stackfile.table import Table, mistake

NAME: Final = r"^[a-z0-9][a-z0-9-]{0,39}$"
ALIAS: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
IMAGE: Final = r"^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}$"
STAGE: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$"
VARIABLE: Final = r"^[A-Za-z_][A-Za-z0-9_.:-]*$"
PATH: Final = r"^[^\u0000-\u001f\u007f]*$"
PACKAGE: Final = r"^[a-z0-9][a-z0-9+.-]*$"
DURATION: Final = r"^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$"
RANGE: Final = r"^[0-9]{1,5} *- *[0-9]{1,5}$"
URL: Final = r"^[a-z]+://[^\s\u0000-\u001f\u007f]+$"
URL_PATH: Final = r"^/[!-~]*$"
HEADER: Final = r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$"
TARGET: Final = r"^/+[^/\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$"
DATABASE_NAME: Final = r"^[^\u0000-\u001f\u007f]{1,63}$"
KUBE_NAME: Final = r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
CONTEXT: Final = r"^[^\u0000-\u001f\u007f]+$"
SCHEME: Final = r"^[a-z][a-z0-9+.-]*$"

PATTERNS: Final = {
    NAME: "a name is 1 to 40 lower-case letters, digits and hyphens, and does not begin with a "
    "hyphen",
    ALIAS: "an alias is 1 to 63 letters, digits, dots, hyphens and underscores, and begins with a "
    "letter or digit",
    IMAGE: "an image is written like `postgres:16-alpine` or `localhost/service:tag`",
    STAGE: "the name of a stage is letters, digits, dots, hyphens and underscores, and begins with "
    "a letter or digit",
    VARIABLE: "the name of a variable is letters, digits, underscores, dots, colons and hyphens, "
    "and begins with a letter or underscore",
    PATH: "a path has no control characters",
    PACKAGE: "a package is written like `python3-redis`",
    URL: "a URL is written like `unix:///run/podman/podman.sock`",
    URL_PATH: "a path begins with `/`, and everything but plain ASCII in it is percent-encoded",
    HEADER: "a header is written like `X-Request-Id`",
    TARGET: "the target is an absolute path inside of the container, not / itself, without control "
    "characters",
    DATABASE_NAME: "PostgreSQL takes names of 1 to 63 characters without control characters",
    KUBE_NAME: "a name in Kubernetes is 1 to 63 lower-case letters, digits and hyphens, and begins "
    "and ends with a letter or digit",
    CONTEXT: "the name of a context has no control characters, and is not empty",
    SCHEME: "a scheme is written like `http` or `postgresql`",
}
"""What each pattern means, for whoever broke it."""

Name = Annotated[str, StringConstraints(pattern=NAME)]
Alias = Annotated[str, StringConstraints(pattern=ALIAS)]
Image = Annotated[str, StringConstraints(pattern=IMAGE)]
Stage = Annotated[str, StringConstraints(pattern=STAGE)]
Variable = Annotated[str, StringConstraints(pattern=VARIABLE)]
Package = Annotated[str, StringConstraints(pattern=PACKAGE)]
Url = Annotated[str, StringConstraints(pattern=URL)]
UrlPath = Annotated[str, StringConstraints(pattern=URL_PATH)]
Header = Annotated[str, StringConstraints(pattern=HEADER)]
DatabaseName = Annotated[str, StringConstraints(pattern=DATABASE_NAME)]
KubeName = Annotated[str, StringConstraints(pattern=KUBE_NAME)]
Context = Annotated[str, StringConstraints(pattern=CONTEXT)]
Scheme = Annotated[str, StringConstraints(pattern=SCHEME)]
FilePath = Annotated[
    str,
    StringConstraints(min_length=1, pattern=PATH),
    Field(json_schema_extra={"format": "path"}),
]
PortNumber = Annotated[int, Field(ge=1, le=65535)]

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_LONGEST: Final = 86400.0


def _seconds(value: object) -> float:
    match value:
        case bool():
            total = math.nan
        case int() | float():
            total = float(value) if abs(value) <= _LONGEST else math.inf
        case str() if re.fullmatch(DURATION, value) and len(value) < 40:
            parts = re.findall(r"([0-9.]+)(ms|s|m|h)", value)
            total = sum(float(number) * _UNITS[unit] for number, unit in parts)
        case _:
            total = math.nan
    if 0 < total <= _LONGEST:
        return total
    given = f" (given: {value!r})" if isinstance(value, str | int | float) else ""
    raise mistake(
        f"must be a duration of more than 0 and at most 24 hours{given[:60]}",
        'write it like "30s", "500ms", "1m30s" or, in seconds, 2.5',
    )


Duration = Annotated[
    float,
    BeforeValidator(
        _seconds,
        json_schema_input_type=Annotated[float, Field(gt=0, le=_LONGEST)]
        | Annotated[str, StringConstraints(pattern=DURATION)],
    ),
]


class FromEnv(Table):
    """A secret from a variable of the environment in which stackwright runs."""

    env: Variable = Field(description="The variable; it must be set.")


class FromFile(Table):
    """A secret from a file: its content without the final line break."""

    file: FilePath = Field(description="The file, relative to the configuration.")


def _text(value: object) -> str | FromEnv | FromFile:
    match value:
        case str() | FromEnv() | FromFile():
            return value
        case bool():
            raise mistake(
                "must be text, and is a boolean",
                f'write "{str(value).lower()}" in quotes, as the component expects it',
            )
        case int():
            return str(value)
        case {"env": str(name), **rest} if not rest and re.fullmatch(VARIABLE, name):
            return FromEnv(env=name)
        case {"file": str(path), **rest} if not rest and path:
            return FromFile(file=path)
        case _:
            raise mistake(
                "must be text, a whole number, or where to read a secret",
                'write "text", { env = "VARIABLE" } or { file = "path" }',
            )


TextValue = Annotated[
    str | FromEnv | FromFile,
    PlainValidator(_text, json_schema_input_type=str | int | FromEnv | FromFile),
]


def _in_history(value: object) -> str:
    """Text that everybody may read for ever: where it comes from is its own words."""
    match value:
        case {"env": _} | {"file": _}:
            raise mistake(
                "is a secret, and build arguments stay in the image's history for all to read",
                "give it to the component when it runs (`env`); what is no secret, write as text",
            )
        case _:
            text = _text(value)
            return text if isinstance(text, str) else ""


BuildArgument = Annotated[str, PlainValidator(_in_history, json_schema_input_type=str | int)]


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except (re.error, RecursionError, OverflowError) as error:
        raise mistake(
            f"is not a regular expression of Python: {error}", "put `\\` before . * + ? ( [ {"
        ) from error
    return value


Pattern = Annotated[str, StringConstraints(min_length=1), AfterValidator(_pattern)]


def _address(value: str) -> str:
    try:
        # The zone of an IPv6 address could be any text.
        return str(ipaddress.ip_address(value.replace("%", " ")))
    except ValueError:
        raise mistake(
            "must be an address of this machine",
            'write "127.0.0.1" (this machine only, the default) or "0.0.0.0" (everybody)',
        ) from None


Address = Annotated[str, AfterValidator(_address)]


def _range(value: str) -> str:
    numbers = [int(each) for each in value.split("-")] if re.fullmatch(RANGE, value) else [0, 0]
    if not 1 <= numbers[0] <= numbers[1] <= 65535:
        raise mistake(
            "must be a range of ports, the smaller number first, within 1-65535",
            'write it like "15433-15442"',
        )
    return value


PortSpan = Annotated[
    str, StringConstraints(), AfterValidator(_range), Field(json_schema_extra={"pattern": RANGE})
]


def _command(value: object) -> object:
    import json
    import shlex

    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError:
            words = []
        raise mistake(
            "must be a list of words, because no shell takes it apart",
            f"write {json.dumps(words or ['program', '--option'], ensure_ascii=False)}",
        )
    if isinstance(value, list) and value and value[0] == "":
        raise mistake("must begin with the program to run, and begins with an empty word")
    return value


Command = Annotated[
    list[str],
    Field(min_length=1),
    BeforeValidator(_command, json_schema_input_type=Annotated[list[str], Field(min_length=1)]),
]
