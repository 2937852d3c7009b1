"""Run records to JSON and back; a versioned copy, so that an older file is known for what it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from orchestration.model import (
    Endpoint,
    HostPort,
    Instance,
    Lifetime,
    PortBinding,
    Secret,
)
from orchestration.owner import Owner
from orchestration.record import ClusterPlace, Hold, Phase, RunRecord

VERSION: Final = 1


def encode(record: RunRecord) -> dict[str, object]:
    """The record as JSON values. Secrets are in it: the file is the user's alone."""
    return {
        "schema_version": VERSION,
        "run": record.run,
        "key": record.key,
        "stack": record.stack,
        "service": record.service,
        "config": record.config,
        "engine": record.engine,
        "url": record.url,
        "owner": record.owner.encode(),
        "starter": record.starter.encode(),
        "lifetime": record.lifetime.value,
        "phase": record.phase.value,
        "created": record.created,
        "generated": record.generated.value,
        "holds": [
            {"owner": each.owner.encode(), "lifetime": each.lifetime.value, "use": each.use}
            for each in record.holds
        ],
        "ports": [[each.bind, each.number] for each in record.ports],
        "inputs": dict(record.inputs),
        "instances": {
            name: {
                "id": instance.id,
                "name": instance.name,
                "ports": [_binding(each) for each in instance.ports],
            }
            for name, instance in record.instances.items()
        },
        "endpoints": [
            {
                "component": each.component,
                "port_name": each.port_name,
                "host": each.host,
                "port": each.port,
                "url": each.url,
                "dsn": each.dsn,
            }
            for each in record.endpoints
        ],
        "cluster": None if record.cluster is None else asdict(record.cluster),
        "outside": list(record.outside),
    }


def decode(data: object) -> RunRecord:
    """The record in parsed JSON. Raises ValueError when it is none of this version."""
    try:
        return _decode(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a run record: {error!r}") from error


def _decode(data: Any) -> RunRecord:  # noqa: ANN401 - parsed JSON has no type before it is checked
    if data["schema_version"] != VERSION:
        raise ValueError("another version of run records")
    return RunRecord(
        run=data["run"],
        key=data["key"],
        stack=data["stack"],
        service=data["service"],
        config=data["config"],
        engine=data["engine"],
        url=data["url"],
        owner=_owner(data["owner"]),
        starter=_owner(data["starter"]),
        lifetime=Lifetime(data["lifetime"]),
        phase=Phase(data["phase"]),
        created=float(data["created"]),
        generated=Secret(data["generated"]),
        holds=tuple(
            Hold(
                owner=_owner(each["owner"]),
                lifetime=Lifetime(each["lifetime"]),
                use=each["use"],
            )
            for each in data["holds"]
        ),
        ports=tuple(HostPort(bind, int(number)) for bind, number in data["ports"]),
        inputs=dict(data["inputs"]),
        instances={
            name: Instance(
                id=each["id"],
                name=each["name"],
                ports=tuple(PortBinding(**binding) for binding in each["ports"]),
            )
            for name, each in data["instances"].items()
        },
        endpoints=tuple(
            Endpoint(
                component=each["component"],
                port_name=each["port_name"],
                host=each["host"],
                port=int(each["port"]),
                url=each["url"],
                dsn=each["dsn"],
            )
            for each in data["endpoints"]
        ),
        # Records of earlier versions have none.
        cluster=_cluster(data["cluster"]) if data.get("cluster") else None,
        outside=tuple(str(each) for each in data.get("outside", ())),
    )


def _cluster(data: dict[str, Any]) -> ClusterPlace:
    published = tuple((int(node), int(host)) for node, host in data["published"])
    return ClusterPlace(**{**data, "published": published})


def _owner(text: str) -> Owner:
    owner = Owner.decode(text)
    if owner is None:
        raise ValueError(f"no owner: {text!r}")
    return owner


def _binding(binding: PortBinding) -> dict[str, object]:
    return {
        "name": binding.name,
        "inside": binding.inside,
        "host": binding.host,
        "bind": binding.bind,
    }
