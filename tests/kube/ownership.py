"""Server-side apply: who owns which field, who conflicts with whom, and what an apply removes.

The rules are those of sigs.k8s.io/structured-merge-diff `merge.Updater`: an apply conflicts where
it changes a value that another manager owns; equal values are shared; what a manager stops applying
goes, unless another owns it; an update takes what it changes from everybody else.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass, replace

from tests.kube import field_set
from tests.kube.field_set import Fields, Path
from tests.kube.json_values import Doc, Json, child, clone, docs, ensure, text
from tests.kube.merge_schema import by_key, is_atomic, is_set, list_keys
from tests.kube.status_error import Cause, apply_conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class Manager:
    """Who writes: by `Apply` or `Update`, in which version, to the object or a subresource."""

    name: str
    operation: str
    api_version: str
    subresource: str = ""

    def shown(self, time: str) -> str:
        """As conflict messages name it."""
        told = json.dumps(self.name)
        if self.subresource:
            told += f' with subresource "{self.subresource}"'
        if self.operation == "Update":
            told += f" using {self.api_version}" + (f" at {time}" if time else "")
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What a manager owns, and since when (`time`: RFC 3339)."""

    manager: Manager
    fields: Fields
    time: str


def holdings(doc: Doc) -> list[Holding]:
    """The `managedFields` of an object."""
    return [
        Holding(
            manager=Manager(
                name=text(entry, "manager"),
                operation=text(entry, "operation"),
                api_version=text(entry, "apiVersion"),
                subresource=text(entry, "subresource"),
            ),
            fields=field_set.decode(child(entry, "fieldsV1")),
            time=text(entry, "time"),
        )
        for entry in docs(doc, "metadata", "managedFields")
    ]


def write(doc: Doc, held: list[Holding]) -> None:
    """Set the `managedFields`: applies first, then by time, as a real server sorts them."""
    ordered = sorted(
        (each for each in held if each.fields),
        key=lambda each: (each.manager.operation != "Apply", each.time, each.manager.name),
    )
    entries: list[Json] = []
    for each in ordered:
        entry: Doc = {
            "manager": each.manager.name,
            "operation": each.manager.operation,
            "apiVersion": each.manager.api_version,
            **({"time": each.time} if each.time else {}),
            "fieldsType": "FieldsV1",
            "fieldsV1": field_set.encode(each.fields),
        }
        if each.manager.subresource:
            entry["subresource"] = each.manager.subresource
        entries.append(entry)
    metadata = ensure(doc, "metadata")
    metadata.pop("managedFields", None)
    if entries:
        metadata["managedFields"] = entries


def _differences(old: Doc, new: Doc) -> tuple[Fields, Fields]:
    """The paths that `new` adds or changes, and those that it no longer has."""
    before = field_set.leaves(old, inner=True)
    after = field_set.leaves(new, inner=True)
    touched = frozenset(
        path for path, value in after.items() if path not in before or before[path] != value
    )
    return touched, frozenset(before) - frozenset(after)


def updated(
    old: Doc, new: Doc, manager: Manager, now: str, *, said: list[Json] | None = None
) -> None:
    """Write into `new` who owns what after `manager` turned `old` into it by an update.

    `said`: the managedFields that the update itself brought; `[{}]` forgets all owners. Of an
    object without owners, nothing is kept until somebody applies it.
    """
    held = holdings({"metadata": {"managedFields": said}}) if said else holdings(old)
    if said == [{}] or (old and not held):
        write(new, [])
        return
    looked_at = (manager.subresource,) if manager.subresource else ()
    touched, removed = _differences(_part(old, looked_at), _part(new, looked_at))
    if not touched and not removed:
        write(new, held)
        return
    kept = [
        each if each.manager == manager else replace(each, fields=each.fields - touched - removed)
        for each in held
    ]
    mine = next((each.fields for each in held if each.manager == manager), field_set.NOTHING)
    others = [each for each in kept if each.manager != manager]
    time = now if touched or mine & removed else _time_of(held, manager, now)
    own = Holding(manager=manager, fields=(mine | touched) - removed, time=time)
    write(new, [*others, own])


def _part(doc: Doc, names: tuple[str, ...]) -> Doc:
    """What a subresource can change of an object; all of it where there is none."""
    return {key: each for key, each in doc.items() if key in names} if names else doc


def _time_of(held: list[Holding], manager: Manager, now: str) -> str:
    return next((each.time for each in held if each.manager == manager), now)


def applied(live: Doc, config: Doc, manager: Manager, now: str, *, force: bool) -> Doc:
    """What `live` becomes when `manager` applies `config`; a new object.

    Raises StatusError (409) naming every field and owner, unless `force`.
    """
    held = holdings(live)
    if live and not held:
        existing = frozenset(field_set.leaves(live, inner=True))
        before = Manager(
            name="before-first-apply", operation="Update", api_version=manager.api_version
        )
        held = [Holding(manager=before, fields=existing, time="")]
    wanted = frozenset(field_set.leaves(config))
    previous = next((each.fields for each in held if each.manager == manager), field_set.NOTHING)
    new = clone(live)
    _merge(new, config, ())
    others = [each for each in held if each.manager != manager]
    owned_by_others = frozenset[Path]().union(*(each.fields for each in others))
    for path in sorted(previous - wanted, key=len):
        if not field_set.covers(wanted | owned_by_others, path) and not _is_key(path):
            _remove(new, path)
    touched, removed = _differences(live, new)
    _refuse(others, touched & wanted, force)
    kept = [replace(each, fields=each.fields - touched - removed) for each in others]
    unchanged = wanted == previous and not touched and not removed
    time = _time_of(held, manager, now) if unchanged else now
    write(new, [*kept, Holding(manager=manager, fields=wanted, time=time)])
    return new


def _refuse(others: list[Holding], touched: Fields, force: bool) -> None:
    clashes = [
        (each.manager.shown(each.time), path)
        for each in sorted(others, key=lambda each: each.manager.name)
        for path in sorted(each.fields & touched)
    ]
    if not clashes or force:
        return
    causes = tuple(
        Cause(
            reason="FieldManagerConflict",
            message=f"conflict with {owner}",
            field=field_set.show(path),
        )
        for owner, path in clashes
    )
    if len(clashes) == 1:
        owner, path = clashes[0]
        told = f"Apply failed with 1 conflict: conflict with {owner}: {field_set.show(path)}"
        raise apply_conflict(told, causes)
    lines: list[str] = []
    for owner in sorted({owner for owner, _ in clashes}):
        lines.append(f"conflicts with {owner}:")
        lines += [f"- {field_set.show(path)}" for each, path in clashes if each == owner]
    told = "\n".join(lines)
    raise apply_conflict(f"Apply failed with {len(clashes)} conflicts: {told}", causes)


def _merge(live: Doc, config: Doc, path: Path) -> None:
    for name, value in config.items():
        at = (*path, ("f", name))
        above, field = field_set.names(at)
        mine = live.get(name)
        if isinstance(value, dict) and isinstance(mine, dict) and not is_atomic(above, field):
            _merge(mine, value, at)
        elif isinstance(value, list) and isinstance(mine, list):
            live[name] = _merged_list(mine, value, at)
        else:
            live[name] = copy.deepcopy(value)


def _merged_list(live: list[Json], config: list[Json], path: Path) -> list[Json]:
    above, name = field_set.names(path)
    keys = list_keys(above, name)
    if is_set(above, name):
        return [*live, *(each for each in config if each not in live)]
    if not keys or len(by_key(config, keys)) != len(config):
        return copy.deepcopy(config)
    mine = by_key(live, keys)
    theirs = by_key(config, keys)
    found: list[Json] = []
    # What is applied comes in its own order, with what others added after what it stood behind.
    rest = [key for key in mine if key not in theirs]
    for key, item in theirs.items():
        merged = mine.get(key, {})
        _merge(merged, item, (*path, ("k", "")))
        found.append(merged)
    found += [mine[key] for key in rest]
    return found


def _is_key(path: Path) -> bool:
    """Whether it is a key of a list's item, which goes with the item only."""
    return len(path) > 1 and path[-2][0] == "k" and path[-1][1] in json.loads(path[-2][1])


def _remove(doc: Doc, path: Path) -> None:
    """Take the value at `path` out, and the object that is left empty by it."""
    at: Json = doc
    for mark, name in path[:-1]:
        at = _step(at, mark, name)
        if at is None:
            return
    mark, name = path[-1]
    if mark == "f" and isinstance(at, dict):
        at.pop(name, None)
        if not at and len(path) > 1:
            _remove(doc, path[:-1])
    elif isinstance(at, list):
        found = _step(at, mark, name)
        if found is not None:
            at.remove(found)


def _step(at: Json, mark: str, name: str) -> Json:
    if mark == "f":
        return at.get(name) if isinstance(at, dict) else None
    if not isinstance(at, list):
        return None
    wanted: Json = json.loads(name)
    if mark == "v":
        return wanted if wanted in at else None
    if isinstance(wanted, dict):
        for item in at:
            if isinstance(item, dict) and _has(item, wanted):
                return item
    return None


def _has(item: Doc, wanted: Doc) -> bool:
    return all(
        item.get(key, "TCP" if key == "protocol" else None) == each for key, each in wanted.items()
    )
