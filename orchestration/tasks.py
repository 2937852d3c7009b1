"""The Invoke tasks: the same commands as `stackwright stack …`, for `invoke stack.up`.

Another repository gets them by one line in its `tasks.py`:

    from orchestration.tasks import namespace

and adds its own with `namespace.add_task(...)`.
"""

from __future__ import annotations

from invoke.collection import Collection
from invoke.context import Context
from invoke.tasks import task

from orchestration.e2e_tasks import e2e_namespace
from orchestration.operations import images, look, machine, ports, stack, stack_down
from orchestration.task_outcome import as_path, end


@task(
    help={
        "service": "the service or stack (else the default)",
        "engine": "pin the engine: podman, docker, embedded or kubernetes",
        "keep": "when it fails, leave all as it is",
        "reuse": "use the stack that is up, if it is proved",
        "plan": "only tell what would happen",
        "progress": "how to report: auto, live, plain, json or quiet",
        "artifacts": "where the bundle of a failure goes",
        "config": "the configuration file",
    }
)
def up(
    _context: Context,
    service: str | None = None,
    engine: str | None = None,
    keep: bool = False,
    reuse: bool = False,
    plan: bool = False,
    progress: str = "auto",
    artifacts: str | None = None,
    config: str | None = None,
) -> None:
    """Bring a stack up, each component behind its gate, and leave it running."""
    end(
        stack.up(
            service=service,
            engine=engine,
            keep=keep,
            reuse=reuse,
            plan=plan,
            progress=progress,
            artifacts=as_path(artifacts),
            config=as_path(config),
        )
    )


@task(
    help={
        "service": "the service or stack (else the default)",
        "all": "every stack of this project",
        "force": "even while others use it (`up --reuse`, test sessions)",
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
    """Take a stack down and verify that nothing is left."""
    end(
        stack_down.down(
            service=service, everything=all, force=force, progress=progress, config=as_path(config)
        )
    )


@task(help={"json": "as JSON", "config": "the configuration file"})
def status(_context: Context, json: bool = False, config: str | None = None) -> None:
    """Tell what is up, and whether it is alive."""
    end(look.status(as_json=json, config=as_path(config)))


@task(
    help={
        "service": "the service or stack (else the default)",
        "component": "only this one",
        "follow": "go on as lines come",
        "tail": "only the last N lines of each (0: all)",
        "config": "the configuration file",
    }
)
def logs(
    _context: Context,
    service: str | None = None,
    component: str | None = None,
    follow: bool = False,
    tail: int = 0,
    config: str | None = None,
) -> None:
    """Show the components' logs."""
    end(
        look.logs(
            service=service,
            component=component,
            follow=follow,
            tail=tail or None,
            config=as_path(config),
        )
    )


@task(
    help={
        "service": "the service or stack (else the default)",
        "format": "export (lines to eval) or dotenv",
        "config": "the configuration file",
    }
)
def env(
    _context: Context,
    service: str | None = None,
    format: str = "export",  # noqa: A002 - the name of the flag
    config: str | None = None,
) -> None:
    """Print the endpoints as variables, with credentials."""
    end(look.env(service=service, style=format, config=as_path(config)))


@task(
    help={
        "service": "the service or stack (else the default)",
        "engine": "pin the engine: podman, docker, embedded or kubernetes",
        "config": "the configuration file",
    }
)
def plan(
    _context: Context,
    service: str | None = None,
    engine: str | None = None,
    config: str | None = None,
) -> None:
    """Tell what `up` would do, touching nothing."""
    end(stack.tell_plan(service=service, engine=engine, config=as_path(config)))


@task(help={"dry_run": "only list it", "config": "the configuration file"})
def clean(_context: Context, dry_run: bool = False, config: str | None = None) -> None:
    """Remove what dead runs left on any engine."""
    end(machine.clean(dry_run=dry_run, config=as_path(config)))


@task(
    help={
        "engine": "pin the engine: podman, docker or embedded",
        "config": "the configuration file",
    }
)
def doctor(_context: Context, engine: str | None = None, config: str | None = None) -> None:
    """Tell which engine is found, by which rule, and what to know of it."""
    end(machine.doctor(engine=engine, config=as_path(config)))


@task(
    iterable=["name"],
    help={
        "name": "postgres, redis or python; may be repeated (all)",
        "engine": "pin the engine: podman or docker",
        "config": "the configuration file",
    },
)
def build(
    _context: Context,
    name: list[str] | None = None,
    engine: str | None = None,
    config: str | None = None,
) -> None:
    """Make the base images from the distribution's packages."""
    end(images.build(names=name or [], engine=engine, config=as_path(config)))


@task(help={"config": "the configuration file"})
def check(_context: Context, config: str | None = None) -> None:
    """Find colliding host ports, and ports outside their range."""
    end(ports.check(config=as_path(config)))


@task(help={"config": "the configuration file"})
def table(_context: Context, config: str | None = None) -> None:
    """Show who holds which port, and what is free."""
    end(ports.table(config=as_path(config)))


namespace = Collection(
    stack=Collection(up, down, status, logs, env, plan, clean, doctor),
    images=Collection(build),
    ports=Collection(check, table),
    e2e=e2e_namespace,
)
"""All tasks, as `stack.*`, `e2e.*`, `images.*` and `ports.*`."""
