"""Python's parser, asked for no more than it can take."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import libcst as cst

_PLACE: Final = re.compile(r"error at (?P<line>\d+):")
_TOKENIZER: Final = "tokenizer error: "
_PANIC: Final = "PanicException"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the parser does not read a text. `line` counts from 1; 0: it does not tell."""

    why: str
    line: int = 0


def parse(text: str) -> cst.Module | Refused:
    """The tree of a text that is not hostile (`python_layout.hostile`)."""
    try:
        return cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        return _refused(error.message)
    except RecursionError:
        return Refused("nested too deeply to follow")
    except Exception as error:  # noqa: BLE001 - any failure of the parser is a fact of the file
        return Refused(f"the parser failed: {error}")
    except BaseException as error:
        # A panic of libcst's parser comes as an exception that nobody can import.
        if type(error).__name__ != _PANIC:
            raise
        return Refused("the parser failed")


def _refused(message: str) -> Refused:
    if message.startswith(_TOKENIZER):
        return Refused(message.removeprefix(_TOKENIZER))
    place = _PLACE.search(message)
    return Refused("a syntax error", int(place["line"]) if place else 0)
