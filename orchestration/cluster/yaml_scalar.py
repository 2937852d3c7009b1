"""What a plain word of YAML means to Kubernetes.

kubectl reads YAML 1.1 by the rules of sigs.k8s.io/yaml (goyaml.v2), which differ from PyYAML's: a
date stays text, `22:22` is no base-60 number, `1e3` is a number, and so is `0o644`.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from typing import Final

Scalar = str | int | float | bool | None

TAG: Final = "tag:yaml.org,2002:"

_WORDS: Final[dict[str, bool | None]] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE"), True),
    **dict.fromkeys(("on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE"), False),
    **dict.fromkeys(("off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}
_NOT_JSON: Final = re.compile(r"\.(nan|NaN|NAN)|[-+]?\.(inf|Inf|INF)")
_NUMERIC_HEAD: Final = frozenset("+-.0123456789")
_INTEGER: Final = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<x>[0-9a-fA-F]+)|0[bB](?P<b>[01]+)|0[oO]?(?P<o>[0-7]+)"
    r"|(?P<d>0|[1-9][0-9]*))"
)
_BASES: Final = {"x": 16, "b": 2, "o": 8, "d": 10}
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WHOLE: Final = 2**63
_KINDS: Final[dict[str, tuple[type, ...]]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "null": (type(None),),
    "timestamp": (str,),
}


def plain(text: str) -> Scalar:
    """The value of an unquoted word. Raises ValueError when JSON has no such value."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_HEAD:
        return text
    if _NOT_JSON.fullmatch(text):
        raise ValueError(f"`{text}` is no number that Kubernetes knows")
    digits = text.replace("_", "")
    whole = _INTEGER.fullmatch(digits)
    if whole is not None:
        return _integer(whole)
    return _number(digits) if _FLOAT.fullmatch(digits) else text


def tagged(text: str, tag: str) -> Scalar:
    """The value of a word with an explicit tag. Raises ValueError when it has none."""
    name = tag.removeprefix(TAG) if tag.startswith(TAG) else ""
    match name:
        case "str":
            return text
        case "binary":
            return _decoded(text)
        case "bool" | "int" | "float" | "null" | "timestamp":
            value = plain(text)
            fits = isinstance(value, _KINDS[name])
            if not fits or (isinstance(value, bool) and name != "bool"):
                raise ValueError(f"`{text}` is no {name}, which its tag `!!{name}` says it is")
            return value
        case _:
            shown = f"!!{name}" if name else tag
            raise ValueError(f"the tag `{shown}` means nothing to Kubernetes")


def key_text(value: Scalar) -> str:
    """A key as JSON has it, which is always text. Raises ValueError for null, which is no key."""
    match value:
        case None:
            raise ValueError("null is no key")
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _integer(found: re.Match[str]) -> int | float:
    base, digits = next((base, found[name]) for name, base in _BASES.items() if found[name])
    if len(digits) > 64 and base == 10:
        return _number(found[0])
    value = int(digits, base)
    if found["sign"] == "-":
        value = -value
    # What does not fit into 64 bits goes on as a float, as in Go.
    if abs(value) < 2 * _WHOLE:
        return value
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"`{found[0][:40]}…` is too large for a number") from None


def _number(digits: str) -> int | float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"`{digits[:40]}` is too large for a number")
    return int(value) if value.is_integer() and abs(value) < _WHOLE else value


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ValueError("what `!!binary` marks is not base64 of a text") from None
