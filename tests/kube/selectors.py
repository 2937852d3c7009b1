"""Label and field selectors."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.kube.json_values import Doc, child, docs, pairs, text, texts, value
from tests.kube.resource import Resource
from tests.kube.status_error import bad_request

_SET: Final = re.compile(r"\s*(\S+)\s+(in|notin)\s*\(([^)]*)\)\s*$")
_EQUAL: Final = re.compile(r"\s*([^!=\s]+)\s*(==|!=|=)\s*([^=!\s]*)\s*$")
_BARE: Final = re.compile(r"\s*(!?)\s*([^!=\s,()]+)\s*$")
_SPLIT: Final = re.compile(r",(?![^(]*\))")

_FIELDS: Final[dict[str, frozenset[str]]] = {
    "Pod": frozenset(
        {
            "spec.nodeName",
            "spec.restartPolicy",
            "spec.schedulerName",
            "spec.serviceAccountName",
            "spec.hostNetwork",
            "status.phase",
            "status.podIP",
            "status.nominatedNodeName",
        }
    ),
    "Event": frozenset(
        {
            "involvedObject.kind",
            "involvedObject.namespace",
            "involvedObject.name",
            "involvedObject.uid",
            "involvedObject.apiVersion",
            "involvedObject.resourceVersion",
            "involvedObject.fieldPath",
            "reason",
            "reportingComponent",
            "source",
            "type",
        }
    ),
    "Namespace": frozenset({"status.phase"}),
    "Secret": frozenset({"type"}),
    "Node": frozenset({"spec.unschedulable"}),
    "Job": frozenset({"status.successful"}),
    "ReplicaSet": frozenset({"status.replicas"}),
}
"""What each kind can be selected by beside `metadata.name` and `metadata.namespace`."""


@dataclass(frozen=True, slots=True)
class _Requirement:
    """One term: `operator` is `in`, `notin`, `exists` or `absent`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def holds(self, labels: dict[str, str]) -> bool:
        match self.operator:
            case "in":
                return labels.get(self.key) in self.values
            case "notin":
                return self.key not in labels or labels[self.key] not in self.values
            case "exists":
                return self.key in labels
            case _:
                return self.key not in labels


Selector = Callable[[Doc], bool]


def everything(doc: Doc) -> bool:
    """The selector of a request without one."""
    return True


def label_selector(asked: str) -> Selector:
    """By `a=b,c!=d,e in (f,g),h,!i`. Raises StatusError (400)."""
    terms = [_requirement(term) for term in _SPLIT.split(asked) if term.strip()]
    if not terms:
        return everything

    def chosen(doc: Doc) -> bool:
        labels = pairs(doc, "metadata", "labels")
        return all(term.holds(labels) for term in terms)

    return chosen


def _requirement(term: str) -> _Requirement:
    if found := _SET.match(term):
        key, operator, inside = found.groups()
        return _Requirement(key, operator, frozenset(each.strip() for each in inside.split(",")))
    if found := _EQUAL.match(term):
        key, sign, wanted = found.groups()
        return _Requirement(key, "notin" if sign == "!=" else "in", frozenset({wanted}))
    if found := _BARE.match(term):
        return _Requirement(found[2], "absent" if found[1] else "exists")
    raise bad_request(f"unable to parse requirement: found {term!r}")


def field_selector(asked: str, resource: Resource) -> Selector:
    """By `metadata.name=x,status.phase!=y`. Raises StatusError (400) for a field of no index."""
    terms: list[tuple[list[str], bool, str]] = []
    for term in filter(None, asked.split(",")):
        found = _EQUAL.match(term)
        if found is None:
            raise bad_request(f"invalid selector: '{asked}'; can't understand '{term}'")
        name, sign, wanted = found.groups()
        known = {"metadata.name", "metadata.namespace"} | _FIELDS.get(resource.kind, frozenset())
        if resource.custom:
            known = {"metadata.name", "metadata.namespace"}
        if name not in known and not resource.custom and resource.kind not in _FIELDS:
            raise bad_request(
                f'"{name}" is not a known field selector: only "metadata.name", '
                '"metadata.namespace"'
            )
        if name not in known:
            raise bad_request(f"field label not supported: {name}")
        terms.append((name.split("."), sign != "!=", wanted))
    if not terms:
        return everything

    def chosen(doc: Doc) -> bool:
        return all((_shown(doc, path) == wanted) is equal for path, equal, wanted in terms)

    return chosen


def _shown(doc: Doc, path: list[str]) -> str:
    found = value(doc, *path)
    if isinstance(found, bool):
        return "true" if found else "false"
    return "" if found is None else str(found)


def matches(selector: Doc, labels: dict[str, str]) -> bool:
    """Whether a LabelSelector object chooses these labels; an empty one chooses all."""
    if any(labels.get(key) != wanted for key, wanted in pairs(selector, "matchLabels").items()):
        return False
    for each in docs(selector, "matchExpressions"):
        operator = {"In": "in", "NotIn": "notin", "Exists": "exists"}.get(
            text(each, "operator"), "absent"
        )
        term = _Requirement(text(each, "key"), operator, frozenset(texts(each, "values")))
        if not term.holds(labels):
            return False
    return True


def selects_pods(service: Doc, pod: Doc) -> bool:
    """Whether a Service's selector chooses a pod; one without selector chooses none."""
    wanted = child(service, "spec", "selector")
    labels = pairs(pod, "metadata", "labels")
    return bool(wanted) and all(labels.get(key) == each for key, each in wanted.items())
