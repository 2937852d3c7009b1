"""CustomResourceDefinitions: the kinds they add, and what their schemas say of an object."""

from __future__ import annotations

import copy
import re
from typing import Final

from tests.kube.json_values import Doc, Json, child, docs, text, texts, value, values
from tests.kube.resource import Resource
from tests.kube.status_error import Cause
from tests.kube.validation import required


def is_established(definition: Doc) -> bool:
    """Whether the server serves the kind."""
    return any(
        text(each, "type") == "Established" and text(each, "status") == "True"
        for each in docs(definition, "status", "conditions")
    )


def resources(definition: Doc) -> list[Resource]:
    """What an established definition adds, one for each served version."""
    spec = child(definition, "spec")
    names = child(spec, "names")
    return [
        Resource(
            group=text(spec, "group"),
            version=text(version, "name"),
            kind=text(names, "kind"),
            plural=text(names, "plural"),
            singular=text(names, "singular"),
            short=tuple(texts(names, "shortNames")),
            categories=tuple(texts(names, "categories")),
            namespaced=text(spec, "scope") == "Namespaced",
            subresources=tuple(sorted(child(version, "subresources"))),
            counted=True,
            custom=True,
        )
        for version in docs(spec, "versions")
        if version.get("served") is True
    ]


def schema(definition: Doc, version: str) -> Doc:
    """The OpenAPI schema of a version; {} when there is none."""
    for each in docs(definition, "spec", "versions"):
        if text(each, "name") == version:
            return child(each, "schema", "openAPIV3Schema")
    return {}


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_NAMES: Final[dict[type, str]] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "array",
    str: "string",
}
_META: Final = ("apiVersion", "kind", "metadata")


def prune(doc: Doc, rules: Doc, path: str = "") -> list[str]:
    """Take out of `doc` what the schema does not know; the paths that went."""
    if value(rules, "x-kubernetes-preserve-unknown-fields") is True or not rules:
        return []
    gone: list[str] = []
    known = child(rules, "properties")
    extra = rules.get("additionalProperties")
    for key in list(doc):
        at = f"{path}.{key}" if path else key
        if not path and key in _META:
            continue
        if key in known:
            gone += _prune_below(doc[key], child(known, key), at)
        elif isinstance(extra, dict):
            gone += _prune_below(doc[key], extra, at)
        elif extra is not True:
            del doc[key]
            gone.append(at)
    return gone


def _prune_below(found: Json, rules: Doc, path: str) -> list[str]:
    if isinstance(found, dict):
        return prune(found, rules, path)
    if isinstance(found, list):
        return [
            each
            for index, item in enumerate(found)
            for each in _prune_below(item, child(rules, "items"), f"{path}[{index}]")
        ]
    return []


def fill(doc: Doc, rules: Doc) -> None:
    """Write the schema's defaults where `doc` has nothing."""
    for key, rule in child(rules, "properties").items():
        if isinstance(rule, dict):
            if key not in doc and "default" in rule:
                doc[key] = copy.deepcopy(rule["default"])
            below = doc.get(key)
            for each in below if isinstance(below, list) else [below]:
                if isinstance(each, dict):
                    fill(each, child(rule, "items") if isinstance(below, list) else rule)


def faults(doc: Doc, rules: Doc) -> list[Cause]:
    """How an object breaks its schema: types, required, enum, bounds, pattern."""
    return [
        cause
        for key, rule in child(rules, "properties").items()
        if key in doc and key not in _META and isinstance(rule, dict)
        for cause in _faults(doc[key], rule, key)
    ] + [required(key) for key in texts(rules, "required") if key not in doc]


def _faults(found: Json, rules: Doc, path: str) -> list[Cause]:
    wanted = text(rules, "type")
    if found is None and rules.get("nullable") is True:
        return []
    right = _TYPES.get(wanted)
    if right is not None and (
        not isinstance(found, right) or (isinstance(found, bool) and bool not in right)
    ):
        return [_wrong_type(found, wanted, path)]
    causes: list[Cause] = []
    if isinstance(found, dict):
        extra = rules.get("additionalProperties")
        for key in texts(rules, "required"):
            if key not in found:
                causes.append(required(f"{path}.{key}"))
        for key, each in found.items():
            rule = child(rules, "properties").get(key, extra)
            if isinstance(rule, dict):
                causes += _faults(each, rule, f"{path}.{key}")
    elif isinstance(found, list):
        for index, each in enumerate(found):
            causes += _faults(each, child(rules, "items"), f"{path}[{index}]")
    return causes + _scalar_faults(found, rules, path)


def _wrong_type(found: Json, wanted: str, path: str) -> Cause:
    got = _NAMES.get(type(found), "null")
    return Cause(
        reason="FieldValueTypeInvalid",
        message=f'Invalid value: "{got}": {path} in body must be of type {wanted}: "{got}"',
        field=path,
    )


def _scalar_faults(found: Json, rules: Doc, path: str) -> list[Cause]:
    causes: list[Cause] = []
    allowed = values(rules, "enum")
    if allowed and found not in allowed:
        told = ", ".join(f'"{each}"' for each in allowed)
        causes.append(
            Cause(
                reason="FieldValueNotSupported",
                message=f'Unsupported value: "{found}": supported values: {told}',
                field=path,
            )
        )
    low, high = rules.get("minimum"), rules.get("maximum")
    if isinstance(found, int | float) and not isinstance(found, bool):
        if isinstance(low, int | float) and found < low:
            causes.append(_bound(found, path, f"greater than or equal to {low}"))
        if isinstance(high, int | float) and found > high:
            causes.append(_bound(found, path, f"less than or equal to {high}"))
    pattern = text(rules, "pattern")
    if isinstance(found, str) and pattern and not re.search(pattern, found):
        causes.append(
            Cause(
                reason="FieldValueInvalid",
                message=f"Invalid value: \"{found}\": {path} in body should match '{pattern}'",
                field=path,
            )
        )
    return causes


def _bound(found: float, path: str, why: str) -> Cause:
    return Cause(
        reason="FieldValueInvalid",
        message=f"Invalid value: {found}: {path} in body should be {why}",
        field=path,
    )
