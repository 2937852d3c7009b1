"""JSON that came from outside: decoded strictly, then read field by field.

Python's decoder takes NaN, numbers beyond a double and lone surrogates, and PostgreSQL takes
neither those nor the NUL character: they are refused here, before anything is stored.
"""

from __future__ import annotations

import json
import math

from serving.exchange import HttpError, Json

LARGEST = 1e30
"""The largest number a field may hold: below it a PostgreSQL `real` does not overflow."""


def decode(body: bytes) -> Json:
    """The document in `body`. Raises HttpError 400 saying what is wrong with it."""
    try:
        document: Json = json.loads(body, parse_constant=_refuse_constant, parse_float=_finite)
        _check(document)
    except RecursionError:
        raise HttpError(400, "the body is nested too deeply") from None
    except ValueError as error:
        raise HttpError(400, f"the body cannot be read as JSON: {error}") from None
    return document


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _check(document: Json) -> None:
    match document:
        case str():
            if "\0" in document:
                raise ValueError("a text holds the NUL character")
            if not document.isascii():
                document.encode()
        case list():
            for each in document:
                _check(each)
        case dict():
            for key, each in document.items():
                _check(key)
                _check(each)
        case _:
            pass


class Fields:
    """The fields of a JSON object, read by name; `finish` refuses what nobody read.

    Every method raises HttpError 400 with the name of the field and what it should be.
    """

    def __init__(self, document: Json) -> None:
        if not isinstance(document, dict):
            raise HttpError(400, "the body must be a JSON object")
        self._fields = document
        self._read: set[str] = set()

    def get(self, name: str) -> Json:
        """The value as it came; None when it is absent."""
        self._read.add(name)
        return self._fields.get(name)

    def text(self, name: str, *, longest: int, default: str | None = None) -> str:
        """A text of 1 to `longest` characters; `default` when absent, required without one."""
        value = self.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not 1 <= len(value) <= longest:
            raise HttpError(400, f"{name}: must be a text of 1 to {longest} characters")
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        """One of `choices`."""
        value = self.get(name)
        if not isinstance(value, str) or value not in choices:
            raise HttpError(400, f"{name}: must be one of {', '.join(choices)}")
        return value

    def whole(self, name: str, *, least: int, most: int, default: int) -> int:
        """A whole number from `least` to `most`; `default` when absent."""
        value = self.get(name)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise HttpError(400, f"{name}: must be a whole number from {least} to {most}")
        return value

    def object(self, name: str) -> dict[str, Json]:
        """An object; empty when absent."""
        value = self.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise HttpError(400, f"{name}: must be an object")
        return value

    def numbers(self, name: str, *, count: int) -> tuple[float, ...] | None:
        """Exactly `count` numbers; None when absent."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != count:
            raise HttpError(400, f"{name}: must be a list of {count} numbers")
        numbers: list[float] = []
        for each in value:
            if isinstance(each, bool) or not isinstance(each, int | float) or abs(each) > LARGEST:
                raise HttpError(400, f"{name}: must be a list of {count} numbers")
            numbers.append(float(each))
        return tuple(numbers)

    def finish(self) -> None:
        """Raise HttpError 400 when a field was sent that no method asked for."""
        unknown = sorted(set(self._fields) - self._read)
        if unknown:
            raise HttpError(400, f"unknown field: {', '.join(unknown)}"[:300])
