"""The environment of a container, and the words of its command that name it."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final

from tests.kube.containers.refused_error import RefusedError
from tests.kube.json_values import Doc, child, docs, number, pairs, text, texts, value
from tests.kube.kubelet_view import KubeletView

_REFERENCE: Final = re.compile(r"\$(\$|\(([-._a-zA-Z][-._a-zA-Z0-9]*)\))")
_KEYED: Final = re.compile(r"metadata\.(labels|annotations)\['([^']+)'\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class PodFacts:
    """What a container's environment is made from."""

    view: KubeletView
    pod: Doc
    ip: str

    @property
    def namespace(self) -> str:
        return text(self.pod, "metadata", "namespace")

    def content(self, kind: str, name: str, *, optional: bool) -> dict[str, bytes] | None:
        """The data of a ConfigMap or Secret. Raises RefusedError when it is not there; None then,
        when it is optional."""
        found = self.view.get(kind, self.namespace, name)
        if found is None:
            if optional:
                return None
            raise RefusedError(f'{kind.lower()} "{name}" not found')
        if kind == "Secret":
            return {key: base64.b64decode(each) for key, each in pairs(found, "data").items()}
        plain = {key: each.encode() for key, each in pairs(found, "data").items()}
        binary = pairs(found, "binaryData")
        return plain | {key: base64.b64decode(each) for key, each in binary.items()}


def environment(facts: PodFacts, container: Doc) -> dict[str, str]:
    """All variables: of the namespace's Services, of `envFrom`, of `env`, the later ones winning.

    Raises RefusedError, worded after the kubelet, for what is not there.
    """
    found: dict[str, str] = {}
    if value(facts.pod, "spec", "enableServiceLinks") is not False:
        found |= _service_links(facts)
    for source in docs(container, "envFrom"):
        for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
            told = child(source, key)
            if told:
                optional = told.get("optional") is True
                content = facts.content(kind, text(told, "name"), optional=optional) or {}
                prefix = text(source, "prefix")
                found |= {f"{prefix}{name}": each.decode() for name, each in content.items()}
    for variable in docs(container, "env"):
        name = text(variable, "name")
        source = child(variable, "valueFrom")
        if not source:
            found[name] = expanded(text(variable, "value"), found)
            continue
        said = _from(facts, source, container)
        if said is not None:
            found[name] = said
    return found


def expanded(said: str, variables: dict[str, str]) -> str:
    """`$(NAME)` by its value where there is one; `$$` is a dollar sign."""

    def put(match: re.Match[str]) -> str:
        return "$" if match[1] == "$" else variables.get(match[2], match[0])

    return _REFERENCE.sub(put, said)


def words(container: Doc, key: str, variables: dict[str, str]) -> list[str] | None:
    """`command` or `args` of a container; None when it has none."""
    said = [expanded(each, variables) for each in texts(container, key)]
    return said or None


def _from(facts: PodFacts, source: Doc, container: Doc) -> str | None:
    for kind, key in (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")):
        told = child(source, key)
        if not told:
            continue
        name, wanted = text(told, "name"), text(told, "key")
        optional = told.get("optional") is True
        content = facts.content(kind, name, optional=optional)
        if content is not None and wanted in content:
            return content[wanted].decode()
        if optional:
            return None
        raise RefusedError(f"couldn't find key {wanted} in {kind} {facts.namespace}/{name}")
    if "fieldRef" in source:
        return _field(facts, text(source, "fieldRef", "fieldPath"))
    resource = text(source, "resourceFieldRef", "resource")
    raise RefusedError(
        f"resourceFieldRef {resource} of container {text(container, 'name')} is not done here"
    )


def _field(facts: PodFacts, path: str) -> str:
    keyed = _KEYED.fullmatch(path)
    if keyed is not None:
        return pairs(facts.pod, "metadata", keyed[1]).get(keyed[2], "")
    match path:
        case "status.podIP":
            return facts.ip
        case "status.hostIP":
            return "127.0.0.1"
        case "spec.nodeName":
            return text(facts.pod, "spec", "nodeName") or "node-1"
        case "metadata.name" | "metadata.namespace" | "metadata.uid" | "spec.serviceAccountName":
            return text(facts.pod, *path.split("."))
        case _:
            raise RefusedError(f"unsupported fieldPath: {path}")


def _service_links(facts: PodFacts) -> dict[str, str]:
    """The variables of Docker's old links. Hosts are names: addresses of Services are virtual, and
    nothing carries them here."""
    found: dict[str, str] = {}
    for service in facts.view.all("Service", facts.namespace):
        name = text(service, "metadata", "name")
        ports = docs(service, "spec", "ports")
        if text(service, "spec", "clusterIP") in ("", "None") or not ports:
            continue
        stem = name.upper().replace("-", "_")
        first = number(ports[0], "port")
        found |= {f"{stem}_SERVICE_HOST": name, f"{stem}_SERVICE_PORT": str(first)}
        found[f"{stem}_PORT"] = f"tcp://{name}:{first}"
        for port in ports:
            at = number(port, "port")
            found[f"{stem}_PORT_{at}_TCP"] = f"tcp://{name}:{at}"
            found[f"{stem}_PORT_{at}_TCP_ADDR"] = name
            found[f"{stem}_PORT_{at}_TCP_PORT"] = str(at)
    return found
