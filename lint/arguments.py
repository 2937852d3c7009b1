"""A parser of command lines whose mistakes say what was probably meant."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any, Final, NoReturn

from lint.nearest import suggestion

MISTAKE: Final = 2
"""The exit code of a command line that is wrong."""

_NO_VALUE: Final = re.compile(r"argument (?:\S+/)?(--?[\w-]+): expected one argument\Z")
_MISSING: Final = re.compile(r"the following arguments are required: (.+)\Z")
_WITH_VALUE: Final = re.compile(r"argument (?:\S+/)?(--?[\w-]+): ignored explicit argument (.+)\Z")


class Arguments(argparse.ArgumentParser):
    """As the standard one; a mistake is the usage, what is wrong and how to mend it."""

    def parse_known_args(  # type: ignore[override]  # the standard one has overloads for namespaces
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """The same, except that a command says itself what it does not know."""
        found, left = super().parse_known_args(args, namespace)
        if left and self._subparsers is None:
            self._refuse(*self._unexpected(left))
        return found, left

    def error(self, message: str) -> NoReturn:
        """Whatever else is wrong, in our words where they are better."""
        if found := _NO_VALUE.match(message):
            metavar = next(
                (each.metavar for each in self._actions if found[1] in each.option_strings), None
            )
            self._refuse(f"`{found[1]}` needs a value", f"write {found[1]} {metavar or 'VALUE'}")
        if found := _MISSING.match(message):
            self._refuse(f"{found[1]} is missing", self._listed())
        if found := _WITH_VALUE.match(message):
            self._refuse(f"`{found[1]}` takes no value, and has {found[2]}", f"write {found[1]}")
        self._refuse(message, "")

    def _check_value(self, action: argparse.Action, value: Any) -> None:  # noqa: ANN401 - of any type
        """Called by the standard parser for each value and each command word."""
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[-1] if action.option_strings else ""
            what = f"there is no `{value}` for {name}" if name else f"there is no command `{value}`"
            self._refuse(what, suggestion(str(value), map(str, action.choices)))

    def _unexpected(self, left: Sequence[str]) -> tuple[str, str]:
        for word in left:
            if word.startswith("-") and word != "-":
                name = word.partition("=")[0]
                known = [each for one in self._actions for each in one.option_strings]
                whole = [each for each in known if each.startswith("--")]
                return f"there is no option `{name}`", suggestion(name, whole)
        return f"`{left[0]}` is not expected here", "leave it out, or look at --help"

    def _listed(self) -> str:
        for action in self._actions:
            if isinstance(action, argparse._SubParsersAction):
                return suggestion("", action.choices)
        return ""

    def _refuse(self, what: str, fix: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(MISTAKE, f"{self.prog}: {what}\n" + (f"  fix: {fix}\n" if fix else ""))
