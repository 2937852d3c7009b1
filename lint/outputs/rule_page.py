"""A rule's page, in Markdown: what it reports, why, what to do instead, and examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

from lint.guidance.guidance import Requirement
from lint.outputs.markdown_text import markdown_text
from lint.rules.rule import Example, Rule

MARK: Final = "◄"
_FENCES: Final = {
    ".py": "python",
    ".go": "go",
    ".sh": "bash",
    ".bash": "bash",
    ".yml": "yaml",
    ".yaml": "yaml",
    ".md": "markdown",
    ".toml": "toml",
    ".json": "json",
    ".mk": "make",
}
_NAMES: Final = {
    "Makefile": "make",
    "GNUmakefile": "make",
    "Dockerfile": "dockerfile",
    "Containerfile": "dockerfile",
}
_COMMENTS: Final = {
    "go": "// ",
    "markdown": "<!-- ",
    "json": "",
}


def rule_page(rule: Rule, requirements: Mapping[str, Requirement]) -> str:
    """The page of one rule."""
    parts = [
        f"# {rule.name} ({rule.code})",
        f"{rule.summary}",
        _facts(rule, requirements),
        "## Why this is bad",
        rule.why,
        "## What to do instead",
        rule.remedy,
    ]
    bad = [each for each in rule.examples if _reports(each)]
    good = [each for each in rule.examples if not _reports(each)]
    if bad:
        marked = f"Reported are the lines that end in `{MARK}`."
        parts += ["## Reported", marked, *(_example(each) for each in bad)]
    if good:
        parts += ["## Not reported", *(_example(each) for each in good)]
    parts += ["## Let it pass", _suppression(rule)]
    return "\n\n".join(parts) + "\n"


def rule_index(rules: Iterable[Rule], requirements: Mapping[str, Requirement]) -> str:
    """The page that lists all rules, with links to theirs."""
    rows = ["| code | rule | requirement | severity | what it reports |", "|---|---|---|---|---|"]
    for rule in sorted(rules, key=by_code):
        known = requirements.get(rule.requirement)
        asked = f"{known.id} {known.name}" if known else rule.requirement or "-"
        rows.append(
            f"| {rule.code} | [{rule.name}]({rule.name}.md) | {asked} | {rule.severity} "
            f"| {markdown_text(rule.summary)} |"
        )
    head = (
        "# Rules\n\nMade from the rules themselves; `stackwright lint rule NAME` shows the same "
        "page. A rule is named for the bad pattern, so that its name reads after “allow”."
    )
    return head + "\n\n" + "\n".join(rows) + "\n"


def by_code(rule: Rule) -> tuple[int, str]:
    """Sorts SW201 before SW1001."""
    return len(rule.code), rule.code


def _facts(rule: Rule, requirements: Mapping[str, Requirement]) -> str:
    known = requirements.get(rule.requirement)
    if known:
        asked = f"{known.id} `{known.name}` ({known.level}): {known.text}"
    else:
        asked = rule.requirement or "none: it keeps the linter itself honest"
    return f"- Severity: {rule.severity}\n- Requirement: {asked}"


def _reports(example: Example) -> bool:
    return any(MARK in content for content in example.files.values())


def _example(example: Example) -> str:
    return "\n\n".join([f"**{example.title}**", *(_file(*each) for each in example.files.items())])


def _file(path: str, content: str) -> str:
    language = _language(path, content)
    lines = content.rstrip("\n").split("\n")
    fence = "`" * max(3, *(_ticks(line) + 1 for line in lines))
    return "\n".join([f"`{path}`", "", f"{fence}{language}", *_marked(lines, language), fence])


def _marked(lines: Iterable[str], language: str) -> Iterator[str]:
    """A mark after a comment sign, so that the example stays in its language where it can."""
    sign = _COMMENTS.get(language, "# ")
    for line in lines:
        if line.endswith(MARK):
            end = " -->" if sign.startswith("<") else ""
            yield f"{line.removesuffix(MARK).rstrip()}  {sign}{MARK}{end}"
        else:
            yield line


def _language(path: str, content: str) -> str:
    name = PurePosixPath(path)
    if known := _FENCES.get(name.suffix):
        return known
    for begins, language in _NAMES.items():
        if name.name.startswith(begins):
            return language
    first = content.partition("\n")[0]
    if first.startswith("#!"):
        return "python" if "python" in first else "bash"
    return "text"


def _ticks(line: str) -> int:
    stripped = line.lstrip()
    return len(stripped) - len(stripped.lstrip("`"))


def _suppression(rule: Rule) -> str:
    return (
        "For one line, in a comment on it or above it, with the reason:\n\n"
        f"```text\nstackwright: ignore[{rule.name}] the reason -- owner=team until=2027-06-30\n```"
    )
