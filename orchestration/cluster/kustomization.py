"""Folders that kustomize builds, by the kustomize inside of kubectl."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

from orchestration.cluster.manifest import Place
from orchestration.cluster.manifest_mistakes import ManifestMistakes
from orchestration.printable import one_line

KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
"""The names kustomize knows, in its order."""
LONGEST_S: Final = 120.0
"""Seconds; a kustomization may fetch its bases from elsewhere."""

# Some builds of kubectl write their last error as a line of a log.
_LOGGED: Final = re.compile(r'\] "command failed" err="(?P<err>.*)"$')


def kustomization_in(folder: Path) -> Path | None:
    """The kustomization file of a folder, if it has one."""
    return next((folder / name for name in KUSTOMIZATIONS if (folder / name).is_file()), None)


def build(file: Path, mistakes: ManifestMistakes, *, longest_s: float = LONGEST_S) -> str:
    """The YAML that kustomize makes of the folder of `file`; "" and a mistake when it fails."""
    place = Place(path=file, line=1)
    command = ("kubectl", "kustomize", str(file.parent))
    by_hand = f"try it by hand: {' '.join(command)}"
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=longest_s,
        )
    except FileNotFoundError:
        mistakes.add(
            place,
            "cannot be built: there is no kubectl on PATH",
            why="a kustomization is built by `kubectl kustomize`",
            fix="install kubectl, or name manifests that are built already",
        )
    except OSError as error:
        mistakes.add(place, f"cannot be built: kubectl does not run: {error.strerror}", fix=by_hand)
    except subprocess.TimeoutExpired:
        what = f"is not built after {longest_s:g} s"
        mistakes.add(place, what, why="kustomize may be fetching from elsewhere", fix=by_hand)
    else:
        if done.returncode == 0:
            return done.stdout.decode(errors="replace")
        told = one_line(done.stderr.decode(errors="replace"))
        logged = _LOGGED.search(told)
        told = logged["err"] if logged else told.removeprefix("error: ")
        mistakes.add(
            place,
            "kustomize cannot build it",
            why=told or f"it ended with {done.returncode}",
            fix=by_hand,
        )
    return ""
