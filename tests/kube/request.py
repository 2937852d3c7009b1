"""An HTTP request, and what it is about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from tests.kube.catalogue import Catalogue
from tests.kube.json_values import Doc, Json
from tests.kube.resource import Resource
from tests.kube.status_error import UnknownPathError, bad_request, unsupported_media_type
from tests.kube.yaml_body import yaml_body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """As it came in. Header names are in lower case."""

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def json(self) -> Json:
        """The body. Raises StatusError: 400, or 415 for the binary form of objects."""
        if "protobuf" in self.headers.get("content-type", ""):
            raise unsupported_media_type("application/json")
        try:
            found: Json = json.loads(self.body)
        except ValueError as problem:
            raise bad_request(f"couldn't get version/kind; json parse error: {problem}") from None
        return found

    def doc(self) -> Doc:
        """The body, which is an object. Raises StatusError (400)."""
        found = self.json()
        if not isinstance(found, dict):
            raise bad_request("couldn't get version/kind; the body is no object")
        return found

    def config(self) -> Doc:
        """The body of an apply, which is YAML. Raises StatusError (400)."""
        found = yaml_body(self.body)
        if not isinstance(found, dict):
            shown = "array" if isinstance(found, list) else "string"
            raise bad_request(
                "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot "
                f"unmarshal {shown} into Go value of type map[string]interface {{}}"
            )
        return found

    @property
    def watches(self) -> bool:
        return self.query.get("watch") in ("true", "1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a path names. `name`: "" for a collection, `namespace`: "" for all or for none."""

    resource: Resource
    namespace: str = ""
    name: str = ""
    subresource: str = ""


def target(path: str, catalogue: Catalogue) -> Target | None:
    """What a resource path names; None when it is no such path.

    Raises UnknownPathError when it is one of a resource that is not served.
    """
    parts = [part for part in path.split("/") if part]
    match parts:
        case ["api", version, *rest] if rest:
            group = ""
        case ["apis", group, version, *rest] if rest:
            pass
        case _:
            return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and not _is_namespace_part(rest, group):
        namespace, rest = rest[1], rest[2:]
    resource = catalogue.find(group, version, rest[0])
    if bool(namespace) and not resource.namespaced:
        raise UnknownPathError
    name = rest[1] if len(rest) > 1 else ""
    subresource = rest[2] if len(rest) > 2 else ""
    if len(rest) > 3 or (subresource and subresource not in resource.subresources):
        raise UnknownPathError
    if name and resource.namespaced and not namespace:
        raise UnknownPathError
    return Target(resource=resource, namespace=namespace, name=name, subresource=subresource)


def _is_namespace_part(rest: list[str], group: str) -> bool:
    """Whether `namespaces/x/status` is meant: the third part is a subresource, no resource."""
    return not group and len(rest) == 3 and rest[2] in ("status", "finalize")


def verb(request: Request, about: Target) -> str:
    """The verb of the request in the words of RBAC; "" when the method has none."""
    match request.method:
        case "GET" if request.watches:
            return "watch"
        case "GET":
            return "get" if about.name else "list"
        case "POST":
            return "create"
        case "PUT":
            return "update"
        case "PATCH":
            return "patch"
        case "DELETE":
            return "delete" if about.name else "deletecollection"
        case _:
            return ""
