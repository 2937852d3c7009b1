from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from lint.errors import GitError, LintError
from lint.git import git_of
from lint.repository import LARGEST, Repository, at_commit, blob_id, working_tree
from tests.lint.repositories import Checkout, checkout


def _paths(repository: Repository) -> list[str]:
    return [one.path for one in repository.files]


def _why(repository: Repository) -> dict[str, str]:
    return {one.path: one.why for one in repository.skipped}


@pytest.fixture
def made(tmp_path: Path) -> Checkout:
    return checkout(
        tmp_path / "made",
        {
            "main.go": "package main\n",
            "run": "#!/usr/bin/env -S bash -e\necho\n",
            "notes.txt": "no language\n",
            ".gitignore": "ignored.py\nbuild/\n",
            "ignored.py": "x = 1\n",
        },
    )


def test_tracked_and_new_files_are_found_and_ignored_ones_are_not(made: Checkout) -> None:
    made.put({"new.py": "y = 2\n", "build/out.py": "z = 3\n"})
    found = working_tree(made.root)
    assert _paths(found) == ["main.go", "new.py", "run"]
    assert {one.path: one.language for one in found.files}["run"] == "shell"
    assert found.paths == {"main.go", "new.py", "run", "notes.txt", ".gitignore"}


def test_blob_ids_are_gits_own_for_every_state_of_a_file(made: Checkout) -> None:
    made.put({"main.go": "package main // changed\n", "new.py": "y = 2\n"})
    found = working_tree(made.root)
    for one in found.files:
        assert one.blob == made.git("hash-object", "--no-filters", one.path)


def test_a_change_that_keeps_size_and_time_of_modification_is_seen(made: Checkout) -> None:
    file = made.root / "main.go"
    before = file.stat()
    file.write_text("package mein\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert working_tree(made.root).files[0].blob == blob_id(b"package mein\n")


def test_a_deleted_file_is_gone(made: Checkout) -> None:
    (made.root / "main.go").unlink()
    found = working_tree(made.root)
    assert "main.go" not in found.paths
    assert _paths(found) == ["run"]


def test_contents_are_those_of_the_working_tree(made: Checkout) -> None:
    made.put({"main.go": "package other\n"})
    found = working_tree(made.root)
    assert found.contents(found.files)["main.go"] == b"package other\n"
    (made.root / "run").unlink()
    assert "main.go" in found.contents(found.files)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("vendor/lib/a.go", "vendored (vendor/)"),
        ("web/node_modules/x/Makefile", "vendored (node_modules/)"),
        ("test/testdata/a.go", "test data (testdata/)"),
        ("deploy/compose.yml.bak", None),
        ("scripts/run.sh~", None),
        ("scripts/run.py.orig", None),
        ("docs/odd.md", "excluded by the configuration"),
    ],
)
def test_files_that_are_not_ours_are_skipped_with_the_reason(
    made: Checkout, path: str, why: str | None
) -> None:
    made.commit({path: "x\n"})
    found = working_tree(made.root, exclude=["docs/odd*"])
    assert path not in _paths(found)
    assert path in found.paths
    assert _why(found).get(path) == why


def test_a_backup_of_a_makefile_is_told_as_such(made: Checkout) -> None:
    made.commit({"Makefile.bak": "up:\n\tdocker compose up\n", "Dockerfile.orig": "FROM x\n"})
    found = working_tree(made.root)
    assert _why(found) == {"Makefile.bak": "backup", "Dockerfile.orig": "backup"}


def test_a_file_too_large_is_skipped(made: Checkout) -> None:
    made.commit({"big.yaml": b"a" * (LARGEST + 1), "fits.yaml": b"a" * LARGEST})
    found = working_tree(made.root)
    assert _why(found) == {"big.yaml": "larger than 2 MiB"}
    assert "fits.yaml" in _paths(found)


def test_links_and_what_is_no_file_are_never_read(made: Checkout, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.py").write_text("password = 1\n")
    (made.root / "out.py").symlink_to(outside / "secret.py")
    (made.root / "in.py").symlink_to("main.go")
    (made.root / "nowhere.py").symlink_to("missing.py")
    (made.root / "loop.py").symlink_to("loop.py")
    made.commit()
    os.mkfifo(made.root / "pipe.py")
    found = working_tree(made.root)
    assert _paths(found) == ["main.go", "run"]
    assert _why(found)["out.py"] == "symbolic link out of the repository"
    assert _why(found)["in.py"] == "symbolic link (its target is read)"
    assert set(_why(found)) >= {"nowhere.py", "loop.py"}


def test_a_directory_replaced_by_a_link_is_not_followed(made: Checkout, tmp_path: Path) -> None:
    made.commit({"lib/a.py": "x = 1\n"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/a.py").write_text("x = 2\n")
    (made.root / "lib/a.py").unlink()
    (made.root / "lib").rmdir()
    (made.root / "lib").symlink_to(tmp_path / "outside")
    found = working_tree(made.root)
    assert "lib/a.py" not in _paths(found)


def test_submodules_and_nested_repositories_are_not_entered(made: Checkout, tmp_path: Path) -> None:
    inner = checkout(tmp_path / "inner", {"a.py": "x = 1\n"})
    made.git("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner.root), "sub")
    made.commit()
    checkout(made.root / "nested", {"b.py": "x = 1\n"})
    found = working_tree(made.root)
    assert _paths(found) == ["main.go", "run"]
    assert _why(found) == {"sub": "submodule", "nested": "submodule"}


def test_odd_names_do_no_harm(made: Checkout) -> None:
    made.commit({"with space\u00e9.py": "x\n", "-n.py": "x\n", "*.go": "package x\n"})
    (Path(os.fsencode(made.root).decode()) / os.fsdecode(b"bad\xff.py")).write_text("x\n")
    (made.root / "new\nline.py").write_text("x\n")
    found = working_tree(made.root)
    assert _paths(found) == ["*.go", "-n.py", "main.go", "run", "with space\u00e9.py"]
    assert sorted(_why(found).values()) == ["its name is no printable text"] * 2
    for path in (*_paths(found), *_why(found)):
        path.encode("utf-8")


def test_a_directory_inside_a_repository_can_be_the_root(made: Checkout) -> None:
    made.commit({"services/a/x.py": "x = 1\n", "services/b/y.py": "y = 1\n"})
    found = working_tree(made.root / "services")
    assert _paths(found) == ["a/x.py", "b/y.py"]
    assert found.contents(found.files)["a/x.py"] == b"x = 1\n"


def test_without_git_everything_but_hidden_and_vendored_directories_is_read(
    tmp_path: Path,
) -> None:
    Checkout(tmp_path).put(
        {
            "a.py": "x\n",
            ".hidden/b.py": "x\n",
            ".github/workflows/ci.yml": "on: push\n",
            "node_modules/x/c.sh": "x\n",
            "lib/d.go": "package d\n",
        }
    )
    found = working_tree(tmp_path)
    assert _paths(found) == [".github/workflows/ci.yml", "a.py", "lib/d.go"]
    assert "no git repository" in found.notes[0]
    assert {one.blob for one in found.files} == {blob_id(b"x\n"), *_blobs(found)}


def _blobs(found: Repository) -> set[str]:
    return {blob_id(data) for data in found.contents(found.files).values()}


def test_no_configuration_of_the_repository_runs_a_program(made: Checkout, tmp_path: Path) -> None:
    witness = tmp_path / "ran"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {witness}\ncat\n")
    program.chmod(0o755)
    made.commit({".gitattributes": "*.go filter=evil diff=evil\n"})
    for name in (
        *("core.fsmonitor", "filter.evil.clean", "filter.evil.smudge", "filter.evil.process"),
        *("diff.evil.textconv", "diff.external", "core.pager", "core.sshCommand"),
    ):
        made.git("config", name, str(program))
    hook = made.root / ".git/hooks/post-index-change"
    hook.write_text(program.read_text())
    hook.chmod(0o755)
    (made.root / "main.go").write_text("package moin\n")
    found = working_tree(made.root)
    assert found.git
    old = at_commit(made.root, found.git, found.git.commit("HEAD"))
    assert old.contents(old.files)["main.go"] == b"package main\n"
    assert not witness.exists()


def test_gits_variables_of_a_hook_do_not_lead_elsewhere(
    made: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = checkout(tmp_path / "other", {"elsewhere.py": "x\n"})
    monkeypatch.setenv("GIT_DIR", str(other.root / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other.root / ".git/index"))
    assert _paths(working_tree(made.root)) == ["main.go", "run"]


def test_a_commit_has_the_files_that_it_had(made: Checkout) -> None:
    first = made.git("rev-parse", "HEAD")
    made.commit({"main.go": "package later\n", "later.py": "x\n"})
    git = git_of(made.root)
    assert git
    found = at_commit(made.root, git, git.commit(first))
    assert _paths(found) == ["main.go", "run"]
    assert found.contents(found.files) == {
        "main.go": b"package main\n",
        "run": b"#!/usr/bin/env -S bash -e\necho\n",
    }


@pytest.mark.parametrize("revision", ["none", "--all", "HEAD:main.go", ""])
def test_a_revision_that_is_no_commit_is_refused(made: Checkout, revision: str) -> None:
    git = git_of(made.root)
    assert git
    with pytest.raises(GitError, match="knows no commit"):
        git.commit(revision)


def test_a_worktree_and_a_repository_without_commits_are_read(
    made: Checkout, tmp_path: Path
) -> None:
    made.git("worktree", "add", "-q", str(tmp_path / "tree"))
    assert _paths(working_tree(tmp_path / "tree")) == ["main.go", "run"]
    empty = Checkout(tmp_path / "empty")
    empty.root.mkdir()
    empty.git("init", "-q")
    empty.put({"a.py": "x\n"})
    assert _paths(working_tree(empty.root)) == ["a.py"]


def test_a_missing_root_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LintError, match="no directory"):
        working_tree(tmp_path / "missing")


def test_a_directory_that_may_not_be_entered_is_told_and_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    (tmp_path / "main.go").write_text("package main\n")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert _why(working_tree(tmp_path)) == {"closed": "unreadable directory"}


def test_a_tracked_file_in_a_directory_that_may_not_be_entered_is_told(
    made: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    lstat = os.lstat

    def refusing(path: str) -> os.stat_result:
        if str(path).endswith("/main.go"):
            raise PermissionError(13, "Permission denied", path)
        return lstat(path)

    monkeypatch.setattr(os, "lstat", refusing)
    found = working_tree(made.root)
    assert _why(found) == {"main.go": "unreadable"}
    assert "main.go" in found.paths


def test_a_full_disk_is_told_before_git_is_asked_for_a_commit(
    made: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = git_of(made.root)
    assert git is not None
    monkeypatch.setattr(tempfile, "tempdir", str(made.root / "full"))
    with pytest.raises(GitError, match="cannot be asked") as caught:
        dict(git.blobs(["0" * 40]))
    assert "No such file or directory" in caught.value.why
    assert "TMPDIR" in caught.value.fix
