"""The process that is a component: the first of its container, or its supervisor's child."""

from __future__ import annotations

import json
from pathlib import Path

from soak.containers import fates
from soak.scene import Scene


def main_process(scene: Scene, run: str, component: str) -> int | None:
    """Its pid on this machine, None when there is none (now)."""
    if scene.engine == "embedded":
        return _embedded(scene.state / "embedded" / run, component)
    wanted = f"-{component}-{run}"
    found = (each.pid for each in fates(scene.engine, run) if each.name.endswith(wanted))
    return next(found, 0) or None


def _embedded(home: Path, component: str) -> int | None:
    for record in home.glob(f"*-{component}-*/instance.json"):
        try:
            supervisor = (record.parent / "process").read_text().split()[0]
            children = Path(f"/proc/{supervisor}/task/{supervisor}/children").read_text().split()
            name = json.loads(record.read_text())["name"]
        except (OSError, ValueError):
            continue
        if name == record.parent.name and children:
            return int(children[0])
    return None
