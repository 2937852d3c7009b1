"""Real git repositories for tests, made in a directory of the test's own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository on disk."""

    root: Path

    def git(self, *words: str) -> str:
        """Run git in it; the result is what it printed."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        done = subprocess.run(
            ["git", *("-c", "user.name=test"), *("-c", "user.email=test@localhost"), *words],
            cwd=self.root,
            env={**clean, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def put(self, files: Mapping[str, str | bytes]) -> None:
        """Write files."""
        for path, content in files.items():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, files: Mapping[str, str | bytes] | None = None) -> str:
        """Write files and commit everything; the result is the commit's id."""
        self.put(files or {})
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "more")
        return self.git("rev-parse", "HEAD")


def checkout(root: Path, files: Mapping[str, str | bytes]) -> Checkout:
    """A new repository with one commit."""
    root.mkdir(parents=True, exist_ok=True)
    made = Checkout(root)
    made.git("init", "-q")
    made.commit(files)
    return made
