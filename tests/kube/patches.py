"""The three ways to patch that are not server-side apply."""

from __future__ import annotations

import copy

from tests.kube.json_values import Doc, Json, clone, text
from tests.kube.merge_schema import merge_key
from tests.kube.status_error import StatusError, bad_request


def merge_patch(doc: Doc, patch: Doc) -> Doc:
    """RFC 7386: null removes, objects merge, all else replaces."""
    new = clone(doc)
    for key, value in patch.items():
        below = new.get(key)
        if value is None:
            new.pop(key, None)
        elif isinstance(value, dict):
            new[key] = merge_patch(below if isinstance(below, dict) else {}, value)
        else:
            new[key] = copy.deepcopy(value)
    return new


def json_patch(doc: Doc, operations: Json) -> Doc:
    """RFC 6902. Raises StatusError: 400 for what is no patch, 422 for what cannot be done."""
    if not isinstance(operations, list):
        raise bad_request("error decoding patch: json: cannot unmarshal object into Go value")
    root: Json = clone(doc)
    for operation in operations:
        if not isinstance(operation, dict):
            raise bad_request("error decoding patch: an operation is an object")
        root = _carry_out(root, operation)
    if not isinstance(root, dict):
        raise bad_request("the patch leaves no object")
    return root


def _carry_out(root: Json, operation: Doc) -> Json:
    name = text(operation, "op")
    path = _pointer(text(operation, "path"))
    match name:
        case "add" | "replace":
            return _put(root, path, copy.deepcopy(operation.get("value")), insert=name == "add")
        case "remove":
            _take(root, path)
        case "test":
            if _get(root, path) != operation.get("value"):
                raise _impossible(f"testing value {text(operation, 'path')} failed")
        case "move":
            taken = _take(root, _pointer(text(operation, "from")))
            return _put(root, path, taken, insert=True)
        case "copy":
            found = _get(root, _pointer(text(operation, "from")))
            return _put(root, path, copy.deepcopy(found), insert=True)
        case _:
            raise _impossible(f"Unexpected kind: {name}")
    return root


def _impossible(why: str) -> StatusError:
    return StatusError(422, "Invalid", f"the server rejected our request due to an error: {why}")


def _pointer(path: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def _get(at: Json, path: list[str]) -> Json:
    for part in path:
        if isinstance(at, dict) and part in at:
            at = at[part]
        elif isinstance(at, list) and part.isdigit() and int(part) < len(at):
            at = at[int(part)]
        else:
            raise _impossible(f"doc is missing path: /{'/'.join(path)}: missing value")
    return at


def _put(root: Json, path: list[str], value: Json, *, insert: bool) -> Json:
    if not path:
        return value
    above = _get(root, path[:-1])
    last = path[-1]
    if isinstance(above, dict):
        if not insert:
            _get(above, [last])
        above[last] = value
    elif isinstance(above, list):
        if insert and last == "-":
            above.append(value)
        elif insert and last.isdigit() and int(last) <= len(above):
            above.insert(int(last), value)
        else:
            _get(above, [last])
            above[int(last)] = value
    else:
        raise _impossible(f"doc is missing path: /{'/'.join(path)}")
    return root


def _take(root: Json, path: list[str]) -> Json:
    found = _get(root, path)
    above = _get(root, path[:-1])
    if isinstance(above, dict):
        del above[path[-1]]
    elif isinstance(above, list):
        del above[int(path[-1])]
    return found


def strategic_patch(doc: Doc, patch: Doc, above: str = "") -> Doc:
    """A merge patch that knows keyed lists, `$patch: replace|delete|merge`,
    `$deleteFromPrimitiveList` and `$retainKeys`. Orders of `$setElementOrder` are not kept."""
    match patch.get("$patch"):
        case "replace":
            return {key: copy.deepcopy(value) for key, value in patch.items() if key != "$patch"}
        case "delete":
            return {}
    new = clone(doc)
    retained = patch.get("$retainKeys")
    if isinstance(retained, list):
        new = {key: value for key, value in new.items() if key in retained}
    for key, value in patch.items():
        if key.startswith("$"):
            _directive(new, key, value)
            continue
        below = new.get(key)
        if value is None:
            new.pop(key, None)
        elif isinstance(value, dict):
            new[key] = strategic_patch(below if isinstance(below, dict) else {}, value, key)
        elif isinstance(value, list):
            new[key] = _strategic_list(
                below if isinstance(below, list) else [], value, merge_key(above, key), key
            )
        else:
            new[key] = value
    return new


def _directive(new: Doc, key: str, value: Json) -> None:
    head, _, field = key.partition("/")
    kept = new.get(field)
    if head == "$deleteFromPrimitiveList" and isinstance(kept, list) and isinstance(value, list):
        new[field] = [each for each in kept if each not in value]


def _strategic_list(live: list[Json], patch: list[Json], key: str | None, name: str) -> list[Json]:
    if name == "finalizers":
        return [*live, *(each for each in patch if each not in live)]
    if key is None or any(not isinstance(each, dict) for each in patch):
        return copy.deepcopy(patch)
    if any(isinstance(each, dict) and each.get("$patch") == "replace" for each in patch):
        return [
            copy.deepcopy(each) for each in patch if isinstance(each, dict) and "$patch" not in each
        ]
    found: list[Json] = copy.deepcopy(live)
    for item in patch:
        if not isinstance(item, dict):
            continue
        if key not in item:
            raise bad_request(
                f"map: {item} does not contain declared merge key: {key}".replace("'", "")
            )
        at = next(
            (
                index
                for index, each in enumerate(found)
                if isinstance(each, dict) and each.get(key) == item[key]
            ),
            None,
        )
        if item.get("$patch") == "delete":
            if at is not None:
                del found[at]
        elif at is None:
            found.append(strategic_patch({}, item, name))
        else:
            mine = found[at]
            found[at] = strategic_patch(mine if isinstance(mine, dict) else {}, item, name)
    return found
