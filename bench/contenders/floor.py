"""The floor: the API calls that nobody can do without, with no logic and a 5 ms poll."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.contender import TakeDown
from bench.engine_api import EngineApi
from bench.probes import await_ready, http_answers, postgres_answers, redis_answers
from bench.stack_under_test import LOOPBACK, EngineUnderTest, StackUnderTest


@dataclass(frozen=True, slots=True)
class Floor:
    """Network, then create, start and poll for each component in order.

    Down is one concurrent forced removal of the containers; the network stays for the janitor.
    """

    name: str = "floor"
    note: str = "API calls over the socket, 5 ms polls; down: containers only, all at once"

    def obstacle(self, engine: EngineUnderTest) -> str | None:
        """None: an engine is all it needs."""
        return None

    def up(self, stack: StackUnderTest) -> TakeDown:
        """PostgreSQL, migrations, Redis, DataStorage, one after another."""
        with EngineApi(stack.engine.socket) as api:
            api.call("POST", "/networks/create", body={"Name": stack.token})
            run = partial(_run, api, stack)
            ports = stack.ports
            containers = [
                run("postgres", stack.images.postgres, stack.postgres_env, {5432: ports.postgres})
            ]
            await_ready(partial(postgres_answers, ports.postgres), "postgres")
            migrations = run(
                "migrations",
                stack.images.postgres,
                stack.psql_env("postgres"),
                {},
                command=stack.migrate,
                binds=[f"{stack.migrations}:/migrations:ro"],
            )
            containers.append(migrations)
            await_ready(partial(_has_exited, api, migrations), "migrations")
            containers.append(run("redis", stack.images.redis, {}, {6379: ports.redis}))
            await_ready(partial(redis_answers, ports.redis), "redis")
            containers.append(
                run(
                    "datastorage",
                    stack.images.datastorage,
                    stack.datastorage_env("postgres", "redis"),
                    {8080: ports.http, 9090: ports.metrics},
                )
            )
            await_ready(partial(http_answers, ports.http), "datastorage")
        return partial(_remove_all, stack.engine.socket, containers)


def _run(
    api: EngineApi,
    stack: StackUnderTest,
    component: str,
    image: str,
    env: Mapping[str, str],
    ports: Mapping[int, int],
    *,
    command: Sequence[str] = (),
    binds: Sequence[str] = (),
) -> str:
    """Create and start; the container's id."""
    body: dict[str, object] = {
        "Image": image,
        "Env": [f"{key}={value}" for key, value in env.items()],
        "ExposedPorts": {f"{inside}/tcp": {} for inside in ports},
        "HostConfig": {
            "NetworkMode": stack.token,
            "Binds": list(binds),
            "PortBindings": {
                f"{inside}/tcp": [{"HostIp": LOOPBACK, "HostPort": str(host)}]
                for inside, host in ports.items()
            },
        },
        "NetworkingConfig": {"EndpointsConfig": {stack.token: {"Aliases": [component]}}},
    }
    if command:
        body["Cmd"] = list(command)
    query = {"name": f"{stack.token}-{component}"}
    container: str = api.call("POST", "/containers/create", query=query, body=body)["Id"]
    api.call("POST", f"/containers/{container}/start")
    return container


def _has_exited(api: EngineApi, container: str) -> bool:
    state = api.call("GET", f"/containers/{container}/json")["State"]
    if state["Status"] != "exited":
        return False
    if state["ExitCode"] != 0:
        raise RuntimeError(f"migrations ended with exit code {state['ExitCode']}")
    return True


def _remove_all(socket: Path, containers: Sequence[str]) -> None:
    def remove(container: str) -> None:
        with EngineApi(socket) as api:
            api.call("DELETE", f"/containers/{container}", query={"force": "true", "v": "true"})

    with ThreadPoolExecutor(max_workers=len(containers)) as pool:
        list(pool.map(remove, containers))
