from __future__ import annotations

from pathlib import Path

import pytest

from lint import extraction
from lint.cache import Cache, open_cache
from lint.extraction import extract, facts_of
from lint.grep import Grep
from lint.languages import table
from lint.languages.language import Language
from lint.repository import Repository, working_tree
from tests.lint.repositories import Checkout, checkout

_FILES = {
    **{f"a{number}.sh": f"podman run image{number}\n" for number in range(6)},
    "again.sh": "podman run image1\n",
    "Dockerfile": "FROM postgres:16\n",
}


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    return checkout(tmp_path / "made", _FILES)


def _read(made: Checkout) -> tuple[Repository, Grep]:
    found = working_tree(made.root)
    return found, Grep(repository=found)


def test_every_file_has_its_facts(made: Checkout) -> None:
    found, grep = _read(made)
    facts = facts_of(found.files, grep, Cache(file=None))
    assert facts.keys() == _FILES.keys()
    assert facts["a1.sh"] == facts["again.sh"] == extract("shell", b"podman run image1\n")
    assert facts["Dockerfile"].bases[0].image == "postgres:16"


def test_several_processes_find_the_same(made: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    found, grep = _read(made)
    alone = facts_of(found.files, grep, Cache(file=None))
    monkeypatch.setattr(extraction, "_PAYS", 0)
    monkeypatch.setattr("os.sched_getaffinity", lambda process: {0, 1, 2})
    assert facts_of(found.files, grep, Cache(file=None)) == alone


def test_a_module_of_the_repository_is_not_run_by_other_processes(
    made: Checkout, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trap = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    made.put({"lint/__init__.py": trap, "msgspec.py": trap, "sitecustomize.py": trap})
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("PYTHONPATH", str(made.root))
    monkeypatch.setattr(extraction, "_PAYS", 0)
    found, grep = _read(made)
    facts_of(found.files, grep, Cache(file=None))
    assert not (tmp_path / "ran").exists()


def test_a_process_that_fails_costs_no_facts(
    made: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, grep = _read(made)
    alone = facts_of(found.files, grep, Cache(file=None))
    monkeypatch.setattr(extraction, "_PAYS", 0)
    monkeypatch.setattr(extraction, "_WORKER", "raise SystemExit(3)  # {path!r}")
    assert facts_of(found.files, grep, Cache(file=None)) == alone


def test_what_is_cached_is_not_read_again(made: Checkout, tmp_path: Path) -> None:
    found, grep = _read(made)
    cache = open_cache(tmp_path / "cache", made.root, "v1")
    first = facts_of(found.files, grep, cache)
    cache.save()
    for path in _FILES:
        (made.root / path).unlink()
    again = open_cache(tmp_path / "cache", made.root, "v1")
    assert facts_of(found.files, Grep(repository=found), again) == first


def test_content_that_is_not_the_blob_is_not_cached(made: Checkout, tmp_path: Path) -> None:
    """Git turns line ends and large files into something else on the way to disk."""
    found, _ = _read(made)
    (made.root / "a1.sh").write_text("docker run other\n")
    grep = Grep(repository=found)
    cache = open_cache(tmp_path / "cache", made.root, "v1")
    facts_of([one for one in found.files if one.path == "a1.sh"], grep, cache)
    cache.save()
    (wanted,) = (one for one in found.files if one.path == "a1.sh")
    again = open_cache(tmp_path / "cache", made.root, "v1")
    assert again.facts(f"shell:{wanted.blob}") is None


def test_a_front_end_that_fails_is_a_part_that_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(data: bytes) -> None:
        raise RecursionError("too deep")

    monkeypatch.setitem(
        table.NAMED,
        "shell",
        Language(name="shell", extract=broken),  # type: ignore[arg-type]  # it returns nothing
    )
    (part,) = extract("shell", b"x").unparsable
    assert "too deep" in part.why
