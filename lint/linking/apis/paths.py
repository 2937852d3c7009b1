"""Paths that a program makes from where its own file stands."""

from __future__ import annotations

import posixpath
from typing import Final

from lint.linking.apis.called import Called, Handler
from lint.linking.located import parent
from lint.linking.values import UNKNOWN, Items, Value, only
from lint.text import Text, rooted, text


def _dirname(called: Called) -> Value:
    found = called.texts(0, "p", "path")
    return tuple(dict.fromkeys(parent(one) for one in found)) or UNKNOWN


def _basename(called: Called) -> Value:
    told = only(called.given.get(0, "p", "path") or UNKNOWN)
    return (text(posixpath.basename(told)),) if told is not None else UNKNOWN


def _caller(called: Called) -> Value:
    """`runtime.Caller(0)`: the file of the function that asks, `1` of the one that calls it."""
    above = only(called.given.get(0) or UNKNOWN)
    chain = called.frame.chain
    file: Text | None = None
    if above == "0":
        file = rooted(called.frame.path)
    elif above == "1" and chain:
        file = rooted(chain[-1].place.path)
    return (Items((UNKNOWN, (file,) if file else UNKNOWN, UNKNOWN, UNKNOWN)),)


def _getwd(called: Called) -> Value:
    """Go's tests run in the directory of their package."""
    chain = called.frame.chain
    path = chain[0].defined.path if chain else called.frame.path
    if not path.endswith("_test.go"):
        return (Items((UNKNOWN, UNKNOWN)),)
    return (Items(((rooted(posixpath.dirname(path)),), UNKNOWN)),)


EXACT: Final[dict[str, Handler]] = {
    **dict.fromkeys(("os.path.dirname", "path/filepath.Dir", "path.Dir"), _dirname),
    **dict.fromkeys(("os.path.basename", "path/filepath.Base", "path.Base"), _basename),
    "runtime.Caller": _caller,
    "os.Getwd": _getwd,
}
