"""The Invoke tasks `e2e.*`: the same commands as `stackwright e2e …`."""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from orchestration.operations import e2e, e2e_clean, e2e_down, e2e_logs, e2e_status
from orchestration.task_outcome import as_path, end


@task(
    help={
        "service": "the service or platform (else the default)",
        "context": "the context of the kubeconfig (else its current)",
        "kubeconfig": "instead of KUBECONFIG and ~/.kube/config",
        "kind": "make a cluster with Kind for this run",
        "load": "how images get to the nodes: auto, kind, k3d, minikube or present",
        "engine": "pin what builds the images: podman or docker",
        "keep": "when it fails, leave all as it is",
        "plan": "only tell what would happen",
        "progress": "how to report: auto, live, plain, json or quiet",
        "json": "write a report as JSON",
        "junit": "write a report as JUnit XML",
        "config": "the configuration file",
    }
)
def up(
    _context: Context,
    service: str | None = None,
    context: str | None = None,
    kubeconfig: str | None = None,
    kind: bool = False,
    load: str | None = None,
    engine: str | None = None,
    keep: bool = False,
    plan: bool = False,
    progress: str = "auto",
    json: str | None = None,
    junit: str | None = None,
    config: str | None = None,
) -> None:
    """Deploy a platform onto Kubernetes, and wait until all of it is ready."""
    end(
        e2e.up(
            service=service,
            context=context,
            kubeconfig=as_path(kubeconfig),
            kind=kind,
            load=load,
            engine=engine,
            keep=keep,
            plan=plan,
            progress=progress,
            as_json=as_path(json),
            junit=as_path(junit),
            config=as_path(config),
        )
    )


@task(
    help={
        "service": "the service or platform (else the default)",
        "all": "every platform of this project",
        "force": "even while others use it (test sessions)",
        "progress": "how to report: auto, live, plain, json or quiet",
        "config": "the configuration file",
    }
)
def down(
    _context: Context,
    service: str | None = None,
    all: bool = False,  # noqa: A002 - the name of the flag
    force: bool = False,
    progress: str = "auto",
    config: str | None = None,
) -> None:
    """Remove a platform, and verify that nothing is left."""
    end(
        e2e_down.down(
            service=service, everything=all, force=force, progress=progress, config=as_path(config)
        )
    )


@task(
    help={
        "service": "the service or platform (else the default)",
        "json": "as JSON",
        "config": "the configuration file",
    }
)
def status(
    _context: Context, service: str | None = None, json: bool = False, config: str | None = None
) -> None:
    """Tell each object of a platform, and whether it is ready."""
    end(e2e_status.status(service=service, as_json=json, config=as_path(config)))


@task(
    help={
        "service": "the service or platform (else the default)",
        "context": "the context of the kubeconfig (else its current)",
        "kubeconfig": "instead of KUBECONFIG and ~/.kube/config",
        "kind": "as if one were made with Kind",
        "config": "the configuration file",
    }
)
def plan(
    _context: Context,
    service: str | None = None,
    context: str | None = None,
    kubeconfig: str | None = None,
    kind: bool = False,
    config: str | None = None,
) -> None:
    """Tell what `up` would apply, and in which order."""
    end(
        e2e.tell_plan(
            service=service,
            context=context,
            kubeconfig=as_path(kubeconfig),
            kind=kind,
            config=as_path(config),
        )
    )


@task(
    help={
        "service": "the service or platform (else the default)",
        "object": "only of this workload",
        "follow": "go on as lines come",
        "tail": "only the last N lines of each (0: all)",
        "config": "the configuration file",
    }
)
def logs(
    _context: Context,
    service: str | None = None,
    object: str | None = None,  # noqa: A002 - the name of the flag
    follow: bool = False,
    tail: int = 0,
    config: str | None = None,
) -> None:
    """Show the logs of a platform's pods."""
    end(
        e2e_logs.logs(
            service=service,
            workload=object,
            follow=follow,
            tail=tail or None,
            config=as_path(config),
        )
    )


@task(
    help={
        "context": "the context of the kubeconfig (else its current)",
        "kubeconfig": "instead of KUBECONFIG and ~/.kube/config",
        "dry_run": "only list it",
        "config": "the configuration file",
    }
)
def clean(
    _context: Context,
    context: str | None = None,
    kubeconfig: str | None = None,
    dry_run: bool = False,
    config: str | None = None,
) -> None:
    """Remove what dead runs left on a cluster."""
    end(
        e2e_clean.clean(
            context=context,
            kubeconfig=as_path(kubeconfig),
            dry_run=dry_run,
            config=as_path(config),
        )
    )


e2e_namespace = Collection(up, down, status, plan, logs, clean)
"""All of them."""
