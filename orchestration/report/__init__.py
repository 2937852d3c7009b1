"""What a user reads before a run (its plan), after it (status, variables) and when it failed."""

from orchestration.report.bundle import write_bundle
from orchestration.report.deploy_error import deploy_error
from orchestration.report.deploy_json import deploy_json
from orchestration.report.deploy_junit import deploy_junit
from orchestration.report.deploy_subject import DeploySubject
from orchestration.report.deploy_table import render_deploy
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
    "DeploySubject",
    "NoBundle",
    "RunStatus",
    "Timeline",
    "deploy_error",
    "deploy_json",
    "deploy_junit",
    "render_deploy",
    "render_endpoints",
    "render_env",
    "render_failure",
    "render_plan",
    "render_status",
    "write_bundle",
]
