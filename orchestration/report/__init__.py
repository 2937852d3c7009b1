"""What a user reads before a run (its plan), after it (status, variables) and when it failed.

Reports of deployments are imported from their modules: they need the cluster's nouns, which nobody
loads for a stack of containers.
"""

from orchestration.report.bundle import write_bundle
from orchestration.report.environment import render_env
from orchestration.report.failure import NoBundle, render_failure
from orchestration.report.plan import render_plan
from orchestration.report.status import (
    ComponentStatus,
    RunStatus,
    render_endpoints,
    render_status,
)
from orchestration.report.timeline import Timeline

__all__ = [
    "ComponentStatus",
    "NoBundle",
    "RunStatus",
    "Timeline",
    "render_endpoints",
    "render_env",
    "render_failure",
    "render_plan",
    "render_status",
    "write_bundle",
]
