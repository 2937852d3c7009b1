"""What a server says of a body that does not fit its kind, before it looks at the content.

Decoding (create, update) tells wrong types always, and unknown fields on demand; otherwise it
drops them. An apply tells both, always, and as an error of its own (500), because it fails while
it makes a typed object of the body.
"""

from __future__ import annotations

from tests.kube import built_in_schema, custom_kinds
from tests.kube.json_values import Doc, clone, text
from tests.kube.resource import Resource
from tests.kube.status_error import StatusError, bad_request


def decode(resource: Resource, doc: Doc, schema: Doc, *, strict: bool) -> None:
    """Drop the fields of `doc` that its kind does not have.

    Raises StatusError (400): for wrong types, and for unknown fields when `strict`.
    """
    cannot = (
        f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'
    )
    if resource.custom:
        unknown = custom_kinds.prune(doc, schema)
    else:
        found = built_in_schema.misfits(resource, doc)
        wrong = [each.decoding for each in found if each.decoding]
        if wrong:
            raise bad_request(f"{cannot}: {wrong[0]}")
        unknown = [each.path for each in found]
        for each in found:
            built_in_schema.drop(doc, each.place)
    if unknown and strict:
        told = ", ".join(f'unknown field "{path}"' for path in unknown)
        raise bad_request(f"{cannot}: strict decoding error: {told}")


def check_config(resource: Resource, config: Doc, schema: Doc) -> None:
    """Raises StatusError (500) for an applied config with fields that its kind does not have, or
    with values of the wrong type."""
    if resource.custom:
        problems = [
            f".{path}: field not declared in schema"
            for path in custom_kinds.prune(clone(config), schema)
        ]
    else:
        found = built_in_schema.misfits(resource, config)
        problems = [f"{each.typed}: {each.applying}" for each in found]
        problems += built_in_schema.duplicates(config)
    if problems:
        name, namespace = text(config, "metadata", "name"), text(config, "metadata", "namespace")
        group = f"{resource.group}/{resource.version}"
        told = problems[0] if len(problems) == 1 else "errors:\n  " + "\n  ".join(problems)
        raise StatusError(
            500,
            "",
            f"failed to create typed patch object ({namespace}/{name}; {group}, "
            f"Kind={resource.kind}): {told}",
        )
