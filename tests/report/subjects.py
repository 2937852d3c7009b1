"""A stack and ways for it to fail, with a secret wherever one can get to."""

from __future__ import annotations

from pathlib import Path

from orchestration.errors import BuildError, GateError, StackwrightError
from orchestration.gates import HttpGate, PostgresGate
from orchestration.model import (
    Embedded,
    Endpoint,
    Evidence,
    Life,
    Mount,
    Pacing,
    PortBinding,
    PortRequest,
    Secret,
    State,
)
from orchestration.stack import Build, Component, Stack

SECRET = "hunter2-hunter2"
PROJECT = Path("/srv/platform")

STACK = Stack(
    name="gateway",
    service="gateway",
    project=PROJECT,
    components=(
        Component(
            name="postgres",
            source="postgres:16-alpine",
            ports=(PortRequest(name="postgres", container=5432, host=15437),),
            env={"POSTGRES_USER": "slm_user", "POSTGRES_PASSWORD": Secret(SECRET)},
            gate=PostgresGate(
                port="postgres",
                user="slm_user",
                password=Secret(SECRET),
                database="action_history",
                pacing=Pacing(successes=5),
            ),
            embedded=Embedded(kind="postgres"),
        ),
        Component(
            name="migrations",
            source="postgres:16-alpine",
            command=("psql", "-v", "ON_ERROR_STOP=1", "-f", "/migrations/0001 first.sql"),
            mounts=(Mount(source=PROJECT / "migrations", target="/migrations"),),
            after=("postgres",),
            one_shot=True,
        ),
        Component(
            name="datastorage",
            source=Build(context=PROJECT / "services/datastorage", target="runtime"),
            ports=(
                PortRequest(name="http", container=8080, host=18091),
                PortRequest(name="metrics", container=9090, bind="0.0.0.0"),  # noqa: S104 - shown only
            ),
            env={
                "DB_URL": f"postgresql://slm_user:{SECRET}@postgres/action_history",
                "API_TOKEN": "not marked, known by its name",
                "BANNER": "two\nlines",
            },
            mounts=(Mount(source=Path("/var/tmp/data"), target="/data", read_only=False),),  # noqa: S108 - shown only
            command=("serve", "--db-password", SECRET),
            gate=HttpGate(port="http", path="/health", pacing=Pacing(timeout=60, growth=1)),
            after=("postgres", "migrations"),
            embedded=Embedded(
                kind="command",
                command=("python", "-m", "datastorage"),
                cwd=PROJECT / "services/datastorage",
                env={"PYTHONUNBUFFERED": "1"},
            ),
        ),
    ),
)

PORTS = {
    "postgres": (PortBinding(name="postgres", inside=5432, host=15437),),
    "migrations": (),
    "datastorage": (
        PortBinding(name="http", inside=8080, host=18091),
        PortBinding(name="metrics", inside=9090, host=0),
    ),
}
POSTGRES_LOG = "".join(f"2026-08-01 06:00:{at:02} LOG: checkpoint {at}\n" for at in range(30))


def killed() -> StackwrightError:
    """DataStorage is killed while its gate is closed."""
    return GateError(
        "component datastorage died 3.2 s after its start, before its gate opened: exited, exit "
        "code 137 (killed with SIGKILL, possibly out of memory)",
        why=f"it was told the password {SECRET}",
        fix="give it more memory, or look at the end of its log below\nraise `memory` in\n"
        "    [stacks.gateway.components.datastorage]",
        evidence=Evidence(
            component="datastorage",
            step="gate",
            elapsed_s=3.2171,
            probe="GET /health on http",
            answers=(
                "0.0-0.4 s, 9 times: connection refused",
                f"0.5-3.2 s, 21 times: 503 Service Unavailable: cannot log in with {SECRET} yet",
            ),
            state=State(life=Life.EXITED, exit_code=137),
            logs={
                "postgres": POSTGRES_LOG,
                "migrations": "",
                "datastorage": "starting\n\x1b[31mERROR\x1b[0m\tno memory \a\n"
                f"dsn=postgresql://slm_user:{SECRET}@postgres/action_history\n"
                f'{{"trace": "{"frame " * 60}"}}\n',
            },
            ports=PORTS,
            reproduce=f"podman run --rm -it \\\n  -e DB_PASSWORD={SECRET} 0123abcd\n# a hint",
        ),
    )


def unbuilt() -> StackwrightError:
    """An image does not build: no component, so no evidence."""
    return BuildError(
        "the image of component datastorage does not build",
        why=f"STEP 3/9: RUN make\n  make: *** [all] Error 2\n  token was {SECRET}",
        fix="build it by hand: `podman build services/datastorage`",
    )


ENDPOINTS = (
    Endpoint(
        component="postgres",
        port_name="postgres",
        host="127.0.0.1",
        port=15437,
        url="postgresql://127.0.0.1:15437",
        dsn=f"postgresql://slm_user:{SECRET}@127.0.0.1:15437/action_history",
    ),
    Endpoint(
        component="data-storage",
        port_name="http",
        host="127.0.0.1",
        port=18091,
        url="http://127.0.0.1:18091",
        dsn="http://127.0.0.1:18091",
    ),
    Endpoint(
        component="data-storage",
        port_name="metrics",
        host="127.0.0.1",
        port=19091,
        url="http://127.0.0.1:19091",
        dsn="http://127.0.0.1:19091",
    ),
)
