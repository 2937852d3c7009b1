"""Texts that are paths: what lies above, and their parts as pathlib names them."""

from __future__ import annotations

import posixpath
from typing import Final

from lint.linking.values import Items, Value
from lint.text import Text, inside, rooted, text, unknown

_HIGHEST: Final = 8
"""Directories above a path that are told."""


def parent(told: Text) -> Text:
    """The directory of a path."""
    within = inside(told)
    if within is not None:
        return rooted(posixpath.dirname(within), told.at) if within else unknown("parent")
    whole = told.known
    return text(posixpath.dirname(whole) or ".", told.at) if whole else unknown("parent")


def member(told: Text, name: str) -> Value | None:
    """What pathlib calls a part of a path; None: no part of it, or the path is not known."""
    whole = inside(told)
    if whole is None:
        whole = told.known
    if not whole:
        return None
    match name:
        case "parent":
            return (parent(told),)
        case "parents":
            above: list[Value] = []
            one = told
            while len(above) < _HIGHEST and not one.opaque:
                one = parent(one)
                above.append((one,))
            return (Items(tuple(above)),)
        case "name":
            return (text(posixpath.basename(whole), told.at),)
        case "stem":
            return (text(posixpath.splitext(posixpath.basename(whole))[0], told.at),)
    return None
