"""Deployments that end in every way an object can, with a secret wherever one can get to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from orchestration.cluster.api import ApiError, Cause
from orchestration.cluster.cluster_access import ClusterContext
from orchestration.cluster.deploy_report import DeployReport, ObjectResult
from orchestration.cluster.manifest import Manifest, Place, Ref
from orchestration.model import Failed, NotYet, Ready
from orchestration.report.deploy_subject import DeploySubject
from tests.report.subjects import SECRET

SUBJECT = DeploySubject(
    platform="gateway",
    service="gateway",
    run="1a2b3c4d",
    namespace="stackwright-gateway-1a2b3c4d",
    cluster=ClusterContext(
        name="kind-ci",
        server="https://127.0.0.1:6443",
        namespace="default",
        kubeconfig=Path("/srv/kubeconfig"),
    ),
    started=1_785_564_000.5,
    deadline=300.0,
    host="builder",
    phases=(("images", 12.5), ("cluster", 0.031), ("load", 4.0)),
)


def result(kind: str, name: str, wave: int, line: int = 1, *, shared: bool = False) -> ObjectResult:
    """An object of the run's namespace that nothing has happened to; `shared`: of none."""
    api_version = {"Deployment": "apps/v1", "Job": "batch/v1"}.get(kind, "v1")
    namespace = None if shared else SUBJECT.namespace
    ref = Ref(api_version=api_version, kind=kind, namespace=namespace, name=name)
    manifest = Manifest(
        api_version=api_version,
        kind=kind,
        name=name,
        namespace=namespace,
        body={"password": SECRET},
        place=Place(path=Path("deploy/gateway.yaml"), line=line),
    )
    return ObjectResult(manifest=manifest, ref=ref, wave=wave)


NAMESPACE = replace(
    result("Namespace", SUBJECT.namespace, 1, shared=True),
    begun_s=0.0,
    applied_s=0.204,
    ready_s=0.21,
    attempts=1,
    verdict=Ready("Active"),
)
REDIS = replace(
    result("Deployment", "redis", 3, 80),
    begun_s=0.41,
    applied_s=0.612,
    ready_s=2.7,
    attempts=2,
    verdict=Ready("1 of 1 replicas are available"),
    warnings=(
        'spec.template.spec.containers[0].env[1]: hides previous definition of "PASSWORD", which '
        "may be dropped when using apply",
        f'unknown field "spec.{SECRET}"',
    ),
)
REFUSED = replace(
    result("Service", "gateway", 2, 12),
    begun_s=0.21,
    attempts=1,
    failure=ApiError(
        verb="PATCH",
        path="/api/v1/namespaces/x/services/gateway",
        code=422,
        reason="Invalid",
        message=f'Service "gateway" is invalid: spec.ports: Required value, not {SECRET}',
        causes=(Cause(message="Required value", field="spec.ports", reason="FieldValueRequired"),),
    ),
)
CRASHED = replace(
    result("Deployment", "gateway", 3, 31),
    begun_s=0.41,
    applied_s=0.613,
    attempts=1,
    verdict=Failed(
        "0 of 1 replicas are available; pod gateway-5d8: CrashLoopBackOff: exit code 1, restarted "
        f"3 times: cannot log in with {SECRET}"
    ),
    logs=(
        ("gateway-5d8/gateway", f"starting\n\x1b[31mERROR\x1b[0m <no> & {SECRET}\n"),
        ("gateway-5d8/proxy", ""),
    ),
    events=(f"BackOff: Back-off restarting failed container with {SECRET}",),
)
DEFERRED = replace(result("Job", "bundles", 0, 60), needs=(CRASHED.ref,), blocked=(CRASHED.ref,))
SLOW = replace(
    result("Job", "migrations", 3, 50),
    begun_s=0.41,
    applied_s=0.611,
    attempts=1,
    verdict=NotYet("0 of 1 succeeded, 1 active"),
    logs=(("migrations-x2/psql", "".join(f"line {at}\n" for at in range(30))),),
)
UNBEGUN = replace(
    result("Job", "seed", 0, 70),
    needs=(SLOW.ref,),
    verdict=NotYet("waits for Job migrations: 0 of 1 succeeded, 1 active"),
)

READY = DeployReport(
    results=(NAMESPACE, REDIS),
    deploy_s=0.612,
    ready_s=2.7,
    critical_path_s=2.494,
    sum_of_parts_s=2.5,
    requests=7,
)
FAILED = DeployReport(
    results=(NAMESPACE, DEFERRED, CRASHED, REFUSED, REDIS),
    deploy_s=0.613,
    ready_s=14.2,
    critical_path_s=14.0,
    sum_of_parts_s=16.35,
    requests=11,
)
TIMED_OUT = DeployReport(
    results=(NAMESPACE, SLOW, UNBEGUN, REDIS),
    deploy_s=0.612,
    ready_s=300.0,
    critical_path_s=299.8,
    sum_of_parts_s=302.3,
    requests=12,
    timed_out=True,
)
UNWATCHED = replace(
    TIMED_OUT,
    timed_out=False,
    fault=ApiError(
        verb="GET",
        path="/apis/apps/v1/namespaces/x/deployments",
        code=403,
        reason="Forbidden",
        message='deployments.apps is forbidden: User "ci" cannot watch resource "deployments" in '
        f'API group "apps" in the namespace "x", {SECRET}',
    ),
)
