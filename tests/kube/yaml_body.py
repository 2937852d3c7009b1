"""The body of an apply, which a real server reads as YAML (sigs.k8s.io/yaml, goyaml.v2).

Go's parser is a translation of libyaml, which is the one used here: both refuse the same texts in
the same words.
"""

from __future__ import annotations

import json
import re
from typing import Final

import yaml

from tests.kube.json_values import Json
from tests.kube.status_error import bad_request

# What JSON may hold and YAML may not, or takes for something else: escaped halves of surrogate
# pairs, and raw DEL, control characters and line ends beyond ASCII.
_ODD: Final = re.compile(
    rb"\\u[dD][89a-fA-F]|\x7f|\xc2[\x80-\x9f]|\xe2\x80[\xa8\xa9]|\xef\xbf[\xbe\xbf]"
)


class _Loader(yaml.CSafeLoader):
    """Words mean what they mean to goyaml.v2: a date is text, `1e3` is a number."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _words, _first in (
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    (
        "bool",
        "true|True|TRUE|false|False|FALSE|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF",
        "tTfFyYnNoO",
    ),
    ("int", "[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", "<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"^(?:{_words})$"), _first
    )


def yaml_body(body: bytes) -> Json:
    """What `body` says. Raises StatusError (400)."""
    if not _ODD.search(body):
        try:
            found: Json = json.loads(body)
        except ValueError:
            pass
        else:
            return found
    try:
        found = yaml.load(body, _Loader)  # noqa: S506 - a subclass of the safe one
    except yaml.YAMLError as problem:
        told = f"error converting YAML to JSON: yaml: {_told(problem)}"
        raise bad_request(f"error decoding YAML: {told}") from None
    return found


def _told(problem: yaml.YAMLError) -> str:
    """In Go's words, which leave out the first line's number."""
    match problem:
        case yaml.MarkedYAMLError(problem=str(what), problem_mark=mark):
            line = mark.line if mark is not None else 0
            return (
                f"line {line + isinstance(problem, yaml.scanner.ScannerError)}: {what}"
                if line
                else what
            )
        case yaml.reader.ReaderError(reason=str(reason)):
            return reason
    return str(problem)
