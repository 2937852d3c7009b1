"""Hooks of pre-commit that a repository defines for itself: a function for each."""

from __future__ import annotations

import msgspec

from lint.facts import FileFacts
from lint.languages.dialect import PLAIN
from lint.languages.scripts import Scripts
from lint.languages.yaml_nodes import Mapping, Scalar
from lint.program import Arg, Define, Do, Function, Lit, Module, Run, Stmt

_NO_COMMANDS = frozenset({"pygrep", "fail", "docker_image"})


def hooks(root: Mapping) -> FileFacts | None:
    """The facts of a `.pre-commit-config.yaml`; None for another document."""
    repos = [one for one in root.each("repos") if isinstance(one, Mapping)]
    if not repos or not all("repo" in one.keys and "hooks" in one.keys for one in repos):
        return None
    scripts = Scripts(PLAIN)
    body = tuple(
        Define(_hook(hook, scripts))
        for repo in repos
        if repo.text("repo") == "local"
        for hook in repo.each("hooks")
        if isinstance(hook, Mapping) and hook.text("language") not in _NO_COMMANDS
    )
    return scripts.facts(Module(body, labels=("hooks:pre-commit",)))


def _hook(hook: Mapping, scripts: Scripts) -> Function:
    entry = hook.scalar("entry")
    body: tuple[Stmt, ...] = scripts.lower(entry) if entry else ()
    args = tuple(Arg(Lit(one.text, one.at)) for one in hook.each("args") if isinstance(one, Scalar))
    match body:
        case (*before, Do(Run() as run)) if args:
            whole = msgspec.structs.replace(run, words=(*run.words, *args))
            body = (*before, Do(whole))
    stages = tuple(one.text for one in hook.each("stages") if isinstance(one, Scalar))
    labels = tuple(f"stage:{stage}" for stage in stages)
    return Function(hook.text("id"), (), body, hook.at, labels=labels)
