"""What the server says it has: groups, resources, versions, and just enough OpenAPI."""

from __future__ import annotations

from itertools import groupby
from typing import Final

from tests.kube import answer
from tests.kube.answer import Answer
from tests.kube.catalogue import Catalogue
from tests.kube.json_values import Doc, Json
from tests.kube.request import Request
from tests.kube.resource import Resource
from tests.kube.status_error import UnknownPathError

_AGGREGATED: Final = "as=APIGroupDiscoveryList"
_AGGREGATED_TYPE: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
_VERSION: Final[Doc] = {
    "major": "1",
    "minor": "32",
    "gitVersion": "v1.32.4",
    "gitCommit": "59526cd4867447956156ae3a602fcbac10a2c335",
    "gitTreeState": "clean",
    "buildDate": "2025-04-22T15:57:39Z",
    "goVersion": "go1.23.6",
    "compiler": "gc",
    "platform": "linux/amd64",
}
_SUBRESOURCE_VERBS: Final[dict[str, tuple[str, ...]]] = {
    "log": ("get",),
    "finalize": ("update",),
}


def answered(request: Request, catalogue: Catalogue) -> Answer:
    """The answer to a path that names no resource. Raises UnknownPathError."""
    path = request.path.rstrip("/")
    aggregated = _AGGREGATED in request.headers.get("accept", "")
    resources = catalogue.all()
    match path.split("/")[1:]:
        case ["version"]:
            return answer.of_doc(_VERSION)
        case ["healthz" | "readyz" | "livez"]:
            return answer.of_text("ok")
        case ["api"] if aggregated:
            return _aggregated([each for each in resources if not each.group])
        case ["apis"] if aggregated:
            return _aggregated([each for each in resources if each.group])
        case ["api"]:
            return answer.of_doc(
                {
                    "kind": "APIVersions",
                    "versions": ["v1"],
                    "serverAddressByClientCIDRs": [],
                }
            )
        case ["apis"]:
            groups: list[Json] = [_group(group, each) for group, each in _by_group(resources)]
            return answer.of_doc({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
        case ["apis", group]:
            for name, each in _by_group(resources):
                if name == group:
                    told = _group(name, each)
                    return answer.of_doc({"kind": "APIGroup", "apiVersion": "v1", **told})
        case ["api", _] | ["apis", _, _]:
            found = [each for each in resources if each.root == path]
            if found:
                return answer.of_doc(_resource_list(found))
        case ["openapi", "v2"]:
            return _openapi_v2(request)
        case ["openapi", "v3"]:
            return answer.of_doc(_openapi_index(resources))
        case ["openapi", "v3", *rest]:
            found = [each for each in resources if each.root == f"/{'/'.join(rest)}"]
            if found:
                return answer.of_doc(_openapi(found))
    raise UnknownPathError


def _openapi_v2(request: Request) -> Answer:
    """A document that defines nothing, so that kubectl checks nothing by itself: it asks for one
    of lists and of kinds that it cannot find, and does not go on without."""
    doc: Doc = {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.32.4"},
        "paths": {},
        "definitions": {},
    }
    if "protobuf" not in request.headers.get("accept", ""):
        return answer.of_doc(doc)
    info = b"\x0a\x0aKubernetes\x12\x07v1.32.4"
    body = b"\x0a\x032.0\x12" + bytes([len(info)]) + info + b"\x42\x00\x4a\x00"
    kind = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    return Answer(body=body, content_type=kind)


def _by_group(resources: list[Resource]) -> list[tuple[str, list[Resource]]]:
    grouped = sorted((each for each in resources if each.group), key=lambda each: each.group)
    return [(name, list(found)) for name, found in groupby(grouped, key=lambda each: each.group)]


def _versions(resources: list[Resource]) -> list[str]:
    return list(dict.fromkeys(each.version for each in resources))


def _group(name: str, resources: list[Resource]) -> Doc:
    versions: list[Json] = [
        {"groupVersion": f"{name}/{version}", "version": version}
        for version in _versions(resources)
    ]
    return {"name": name, "versions": versions, "preferredVersion": versions[0]}


def _resource_list(resources: list[Resource]) -> Doc:
    found: list[Json] = []
    for each in resources:
        shown: Doc = {
            "name": each.plural,
            "singularName": each.singular,
            "namespaced": each.namespaced,
            "kind": each.kind,
            "verbs": [*each.verbs],
        }
        if each.short:
            shown["shortNames"] = [*each.short]
        if each.categories:
            shown["categories"] = [*each.categories]
        found.append(shown)
        for below in each.subresources:
            kind = "Scale" if below == "scale" else each.kind
            verbs: list[Json] = [*_SUBRESOURCE_VERBS.get(below, ("get", "patch", "update"))]
            sub: Doc = {
                "name": f"{each.plural}/{below}",
                "singularName": "",
                "namespaced": each.namespaced,
                "kind": kind,
                "verbs": verbs,
            }
            if below == "scale":
                sub |= {"group": "autoscaling", "version": "v1"}
            found.append(sub)
    return {
        "kind": "APIResourceList",
        "apiVersion": "v1",
        "groupVersion": resources[0].api_version,
        "resources": found,
    }


def _aggregated(resources: list[Resource]) -> Answer:
    items: list[Json] = []
    groups = _by_group(resources) or [("", resources)]
    for group, found in groups:
        versions: list[Json] = []
        for version in _versions(found):
            shown: list[Json] = [_shown(each) for each in found if each.version == version]
            versions.append({"version": version, "freshness": "Current", "resources": shown})
        metadata: Doc = {"creationTimestamp": None}
        if group:
            metadata["name"] = group
        items.append({"metadata": metadata, "versions": versions})
    doc: Doc = {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }
    return answer.of_doc(doc, content_type=_AGGREGATED_TYPE)


def _shown(each: Resource) -> Doc:
    below: list[Json] = [
        {
            "subresource": name,
            "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"}
            if name == "scale"
            else _kind(each),
            "verbs": [*_SUBRESOURCE_VERBS.get(name, ("get", "patch", "update"))],
        }
        for name in each.subresources
    ]
    found: Doc = {
        "resource": each.plural,
        "responseKind": _kind(each),
        "scope": "Namespaced" if each.namespaced else "Cluster",
        "singularResource": each.singular,
        "verbs": [*each.verbs],
    }
    if each.short:
        found["shortNames"] = [*each.short]
    if each.categories:
        found["categories"] = [*each.categories]
    if below:
        found["subresources"] = below
    return found


def _kind(each: Resource) -> Doc:
    return {"group": each.group, "version": each.version, "kind": each.kind}


def _openapi_index(resources: list[Resource]) -> Doc:
    roots = dict.fromkeys(each.root for each in resources)
    paths: Doc = {root[1:]: {"serverRelativeURL": f"/openapi/v3{root}?hash=0"} for root in roots}
    return {"paths": paths}


def _openapi(resources: list[Resource]) -> Doc:
    """The patch operations with their parameters: what kubectl looks for before it leaves
    validation to the server."""
    paths: Doc = {}
    for each in resources:
        scope = "/namespaces/{namespace}" if each.namespaced else ""
        parameters: list[Json] = [
            {"name": name, "in": "query", "schema": {"type": "string"}}
            for name in ("dryRun", "fieldManager", "fieldValidation", "force")
        ]
        paths[f"{each.root}{scope}/{each.plural}/{{name}}"] = {
            "patch": {
                "parameters": parameters,
                "x-kubernetes-action": "patch",
                "x-kubernetes-group-version-kind": _kind(each),
                "responses": {"200": {"description": "OK"}},
            }
        }
    return {
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1.32.4"},
        "paths": paths,
        "components": {"schemas": {}},
    }
