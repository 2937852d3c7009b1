"""The texts that are compared with files of `golden/`.

`python -m tests.report.golden_texts` writes the files anew; look at the difference it makes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from orchestration.model import Life, State
from orchestration.record import Phase
from orchestration.redact import Redactor
from orchestration.report import (
    ComponentStatus,
    NoBundle,
    RunStatus,
    render_endpoints,
    render_env,
    render_failure,
    render_plan,
    render_status,
)
from orchestration.report.deploy_junit import deploy_junit
from orchestration.report.deploy_table import render_deploy
from tests.records import record
from tests.report.deployments import FAILED, READY, SUBJECT, TIMED_OUT, UNWATCHED
from tests.report.subjects import ENDPOINTS, SECRET, STACK, killed, unbuilt

GOLDEN: Final = Path(__file__).parent / "golden"
HIDE: Final = Redactor([SECRET])


def _status() -> str:
    well = RunStatus(
        run=record(stack="gateway"),
        components=(
            ComponentStatus(
                component="postgres", state=State(life=Life.RUNNING), endpoints=ENDPOINTS[:1]
            ),
            ComponentStatus(component="migrations", state=State(life=Life.EXITED, exit_code=0)),
            ComponentStatus(
                component="data-storage", state=State(life=Life.RUNNING), endpoints=ENDPOINTS[1:]
            ),
        ),
    )
    dead = ComponentStatus(
        component="data-storage",
        state=State(life=Life.EXITED, exit_code=127),
        endpoints=ENDPOINTS[1:],
    )
    ill = RunStatus(run=record("1b", stack="ill"), components=(*well.components[:1], dead))
    wreck = RunStatus(run=record("2c", stack="wreck", phase=Phase.WRECK), components=())
    return render_status([well, ill, replace(wreck, problem="no answer from\nthe engine")])


TEXTS: Final[dict[str, Callable[[], str]]] = {
    "failure": lambda: render_failure(
        killed(), redact=HIDE, bundle=Path(".stackwright/failures/20260801T060000Z-gateway-1a2b")
    ),
    "failure_without_evidence": lambda: render_failure(
        unbuilt(), redact=HIDE, bundle=NoBundle("No space left on device (/srv/artifacts)")
    ),
    "plan_podman": lambda: render_plan(
        STACK, "podman", image_ids={"postgres:16-alpine": "sha256:0123456789ab"}
    ),
    "plan_embedded": lambda: render_plan(STACK, "embedded"),
    "status": _status,
    "deploy_ready": lambda: render_deploy(READY, SUBJECT, redact=HIDE),
    "deploy_failed": lambda: render_deploy(FAILED, SUBJECT, redact=HIDE),
    "deploy_timed_out": lambda: render_deploy(TIMED_OUT, SUBJECT, redact=HIDE),
    "deploy_unwatched": lambda: render_deploy(UNWATCHED, SUBJECT, redact=HIDE),
    "deploy_junit": lambda: deploy_junit(FAILED, SUBJECT, redact=HIDE),
    "endpoints": lambda: render_endpoints(ENDPOINTS),
    "env_export": lambda: render_env(ENDPOINTS),
    "env_dotenv": lambda: render_env(ENDPOINTS, style="dotenv"),
}


def rewrite() -> None:
    """Write every file of `golden/` anew."""
    GOLDEN.mkdir(exist_ok=True)
    for stale in GOLDEN.glob("*.txt"):
        stale.unlink()
    for name, text in TEXTS.items():
        (GOLDEN / f"{name}.txt").write_text(text(), "utf-8")


if __name__ == "__main__":
    rewrite()
