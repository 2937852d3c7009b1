"""The images that a build starts from and copies from, as far as its Containerfile tells them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from orchestration.engines.labelled_stages import instructions

_COMMENT: Final = re.compile(r"^\s*#")
_VARIABLE: Final = re.compile(
    r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?::?(?P<sign>[-+])(?P<word>[^{}$]*))?\})"
)


def bases_of(text: str, args: Mapping[str, str], target: str | None = None) -> dict[str, str]:
    """The images that the stages up to `target` name in FROM and `COPY --from`, by how they are
    written there.

    `args`: build arguments, for what stands as `${NAME}` in FROM. Left out is what cannot be known
    from the file: a name with a variable that nothing sets, such as the platform's.
    """
    known: dict[str, str] = {}
    stages: list[str] = []
    found: dict[str, str] = {}
    for words in _words(text):
        match words[0].upper():
            case "ARG" if not stages:
                for name, default in _declared(words[1:]):
                    value = args.get(name, _filled(default, known))
                    if value is not None:
                        known[name] = value
            case "FROM":
                if target is not None and stages and stages[-1] == target.lower():
                    break
                rest = [each for each in words[1:] if not each.startswith("--")]
                if rest and (image := _filled(rest[0], known)) and image.lower() not in stages:
                    found[rest[0]] = image
                named = len(rest) > 2 and rest[1].upper() == "AS"
                stages.append(rest[2].lower() if named else "")
            case "COPY":
                for each in words[1:]:
                    option, _, image = each.partition("=")
                    if option == "--from" and not (image.isdigit() or image.lower() in stages):
                        found[image] = image
    found.pop("scratch", None)
    return {written: image for written, image in found.items() if image and "$" not in image}


def _words(text: str) -> Iterator[list[str]]:
    """The words of each instruction, in one line without comments."""
    for lines in instructions(text.splitlines()):
        told = [line for line in lines if not _COMMENT.match(line)]
        words = " ".join([*(each.rstrip().rstrip("\\`") for each in told[:-1]), *told[-1:]]).split()
        if words:
            yield words


def _declared(words: list[str]) -> Iterator[tuple[str, str | None]]:
    """The names that an ARG declares, and their defaults."""
    with suppress(ValueError):
        for each in shlex.split(" ".join(words)):
            name, given, default = each.partition("=")
            yield name, default if given else None


def _filled(text: str | None, known: Mapping[str, str]) -> str | None:
    """`text` with its variables filled in; None when one of them is not known."""
    if text is None:
        return None
    unknown = False

    def fill(held: re.Match[str]) -> str:
        nonlocal unknown
        value = known.get(held["bare"] or held["name"])
        if held["sign"] == "+":
            return held["word"] if value else ""
        if not value and held["sign"] == "-":
            return held["word"]
        unknown = unknown or value is None
        return value or ""

    filled = _VARIABLE.sub(fill, text)
    return None if unknown else filled
