"""The front end for shell: POSIX sh, bash, and what zsh and bats scripts share with them."""

from __future__ import annotations

from dataclasses import dataclass

from lint.facts import FileFacts, Unparsable
from lint.languages import comments
from lint.languages.hash_comments import hash_comments
from lint.languages.shell_source import ShellSource
from lint.languages.shell_statements import ShellStatements
from lint.program import Module, Span, Stmt


def lower(
    source: str, line: int = 1, column: int = 1, indent: int = 0
) -> tuple[tuple[Stmt, ...], tuple[Unparsable, ...]]:
    """A fragment of shell as statements, and the parts of it that could not be read.

    Its first character stands at `line` and `column` of a file, later lines are shifted to the
    right by `indent` columns. Never raises, whatever the text.
    """
    fragment = lowered(ShellSource(source, line, column, indent))
    return fragment.body, fragment.unparsable


def extract(data: bytes) -> FileFacts:
    """All facts of a script."""
    text = data.decode("utf-8-sig", "replace").replace("\r\n", "\n")
    source = ShellSource(text)
    script = lowered(source)
    remarks = hash_comments(text.split("\n"), (at for at, _ in script.comments))
    return FileFacts(
        "shell",
        Module(script.body, labels=("bats",) if source.has_bats else ()),
        mentions=comments.mentions(remarks),
        suppressions=comments.suppressions(remarks),
        unparsable=script.unparsable,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweredShell:
    """A piece of shell as statements, the parts that could not be read, and its comments."""

    body: tuple[Stmt, ...]
    unparsable: tuple[Unparsable, ...]
    comments: tuple[tuple[Span, str], ...]


def lowered(source: ShellSource) -> LoweredShell:
    """All of a piece of shell, for front ends whose files hold shell."""
    reader = ShellStatements(source)
    body = reader.script()
    return LoweredShell(
        body=body,
        unparsable=tuple(reader.unparsable),
        comments=tuple((source.span(one), source.text(one)) for one in source.comments),
    )
