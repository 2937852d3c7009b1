"""Whether a command asks PostgreSQL on its Unix socket, where its temporary server answers too."""

from __future__ import annotations

import getopt
import re
import shlex
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

_PROBE: Final = "pg_isready"
_SHELL: Final = re.compile(r"(?:ba|da|a|z|k)?sh")
_SCRIPT: Final = re.compile(r"-[a-z]*c")
_SHORT: Final = "d:h:p:qt:U:V?"
_LONG: Final = ("dbname=", "host=", "port=", "quiet", "timeout=", "username=", "version", "help")
_CONNECTION: Final = re.compile(
    r"\bhost(?:addr)?=[^/@\s]|://[^/?]|\$\{?\w*(?:UR[LI]|DSN)", re.IGNORECASE
)
"""A connection string that names a host, or a variable that may hold one."""
_OVER_TCP: Final = re.compile(r"^-\w*h|host|PGHOST(?:ADDR)?=[^/@]|127\.|::1|://|/dev/tcp/")
"""A word by which another command of the same script asks for an address, or sets one."""
HOST_VARIABLES: Final = ("PGHOST", "PGHOSTADDR")
"""Where libpq finds the host that it is not told."""


def asks_on_the_socket(command: Sequence[str]) -> bool:
    """Whether `command` is pg_isready without a host, or a shell's script of nothing better.

    What cannot be told from the words alone is no.
    """
    words = list(command)
    if _SHELL.fullmatch(_program(words[0])):
        script = next((at + 1 for at, word in enumerate(words) if _SCRIPT.fullmatch(word)), None)
        if script is None or script >= len(words):
            return False
        steps = list(_steps(words[script]))
    else:
        steps = [words]
    probes = [found for step in steps if (found := _probe(step)) is not None]
    others = [word for step in steps if _probe(step) is None for word in step]
    if any(_OVER_TCP.search(word) for word in others):
        return False
    return bool(probes) and not any(_has_host(*each) for each in probes)


def is_host(text: str) -> bool:
    """Whether libpq takes `text` for a machine, and not for the directory of a socket."""
    return bool(text) and not text.startswith(("/", "@"))


def _program(word: str) -> str:
    return word.rpartition("/")[2]


def _probe(step: Sequence[str]) -> tuple[list[str], list[str]] | None:
    """The words before and after pg_isready; None for another command."""
    for at, word in enumerate(step):
        if _program(word) == _PROBE:
            return list(step[:at]), list(step[at + 1 :])
    return None


def _has_host(before: Sequence[str], after: Sequence[str]) -> bool:
    assigned = dict(word.split("=", 1) for word in before if "=" in word)
    if any(is_host(assigned.get(name, "")) for name in HOST_VARIABLES):
        return True
    try:
        options, _ = getopt.gnu_getopt(list(after), _SHORT, _LONG)
    except getopt.GetoptError:
        return True
    return any(
        (name in ("-h", "--host") and is_host(value))
        or (name in ("-d", "--dbname") and _CONNECTION.search(value))
        for name, value in options
    )


def _steps(script: str) -> Iterator[list[str]]:
    """The simple commands of a script; none of one that cannot be split."""
    lexer = shlex.shlex(script.replace("\n", ";"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return
    for between, step in groupby(words, lambda word: not word.strip("();<>|&")):
        if not between:
            yield list(step)
