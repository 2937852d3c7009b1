"""A state that was judged before is answered at once, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from lint import state
from lint.audit import AuditRequest, audit
from lint.compliance import judge
from lint.linking import link
from lint.settings import LintConfig
from tests.lint.repositories import Checkout, checkout

TEST = "import subprocess\n\n\ndef test_it():\n    subprocess.run(['docker', 'compose', 'up'])\n"
FILES = {
    "services/a/tests/integration/test_a.py": TEST,
    "services/b/b.py": "B = 1\n",
    ".gitignore": "ignored/\n",
    "CODEOWNERS": "/shared/ @team-a\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    return checkout(tmp_path / "repository", FILES)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each time that a repository was run."""
    runs: list[int] = []

    def counted(*words: object) -> object:
        runs.append(1)
        return link(*words)  # type: ignore[arg-type]  # the same words

    monkeypatch.setattr(state, "link", counted)
    return runs


def request(made: Checkout, tmp_path: Path) -> AuditRequest:
    return AuditRequest(root=made.root, today=date(2026, 1, 15), cache_directory=tmp_path / "cache")


def test_the_same_state_is_run_once_and_told_the_same(
    made: Checkout, tmp_path: Path, judged: list[int]
) -> None:
    wish = request(made, tmp_path)
    first, second = audit(wish), audit(wish)
    assert len(judged) == 1
    assert second.report == first.report
    assert second.report.findings
    assert second.project.services == first.project.services


def put(path: str, content: str) -> Callable[[Checkout], None]:
    return lambda made: made.put({path: content})


@pytest.mark.parametrize(
    "change",
    [
        put("services/a/tests/integration/test_a.py", TEST.replace("up", "down")),
        put("services/a/tests/integration/test_new.py", TEST),
        put("CODEOWNERS", "/shared/ @team-b\n"),
        put("notes.txt", "a path that documents may link to\n"),
        lambda made: (made.root / "services/b/b.py").unlink(),
        lambda made: made.root.joinpath("services/b/b.py").rename(made.root / "b.py"),
    ],
)
def test_a_change_of_any_file_is_run_again(
    made: Checkout, tmp_path: Path, judged: list[int], change: Callable[[Checkout], None]
) -> None:
    wish = request(made, tmp_path)
    audit(wish)
    change(made)
    again = audit(wish).report
    assert len(judged) == 2
    assert again == audit(replace(wish, use_cache=False)).report


def test_other_settings_are_judged_anew_and_what_git_ignores_is_not(
    made: Checkout, tmp_path: Path, judged: list[int]
) -> None:
    wish = request(made, tmp_path)
    audit(wish)
    made.put({"ignored/tests/integration/test_a.py": TEST})
    audit(wish)
    audit(replace(wish, paths=(Path("services/b"),)))
    assert len(judged) == 1
    for number, other in enumerate(
        (
            replace(wish, today=date(2026, 1, 16)),
            replace(wish, as_of=date(2025, 12, 24)),
            replace(wish, guidance="DD-TEST-002@1.0"),
            replace(wish, config=LintConfig(exclude=("services/b",))),
            replace(wish, use_cache=False),
            replace(wish, everything=True),
        ),
        start=2,
    ):
        audit(other)
        assert len(judged) == number


def test_what_changes_while_it_is_read_is_not_kept(
    made: Checkout, tmp_path: Path, judged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = request(made, tmp_path)

    def meanwhile(*words: object) -> object:
        made.put({"services/b/b.py": f"B = {len(judged) + 1}\n"})
        return judge(*words)  # type: ignore[arg-type]  # the same words

    monkeypatch.setattr(state, "judge", meanwhile)
    audit(wish)
    monkeypatch.undo()
    made.put({"services/b/b.py": "B = 1\n"})
    monkeypatch.setattr(state, "link", lambda *_: pytest.fail("it is run again"))
    with pytest.raises(pytest.fail.Exception, match="it is run again"):
        audit(wish)


def test_the_state_of_a_commit_is_kept_as_well(
    made: Checkout, tmp_path: Path, judged: list[int]
) -> None:
    wish = replace(request(made, tmp_path), since="HEAD")
    made.put({"services/b/tests/integration/test_b.py": TEST})
    first = audit(wish).report
    assert len(judged) == 2
    assert audit(wish).report == first
    assert len(judged) == 2
