"""Nobody gives away rights that they do not have themselves."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.kube.access import Allow, User
from tests.kube.contract.client import APPLY, Client, Reply, eventually
from tests.kube.contract.conftest import Subject
from tests.kube.json_values import Doc, Json, child, listed

GROUP = "rbac.authorization.k8s.io"
WRITE = ("get", "create", "update", "patch")
Ask = Callable[..., Reply]


def role(name: str, *rules: Doc) -> Doc:
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "Role",
        "metadata": {"name": name},
        "rules": listed(list(rules)),
    }


def rule(verbs: tuple[str, ...], resources: tuple[str, ...], group: str = "") -> Doc:
    return {"apiGroups": [group], "resources": [*resources], "verbs": [*verbs]}


def binding(name: str, bound: str, *users: str) -> Doc:
    subjects: list[Json] = [{"apiGroup": GROUP, "kind": "User", "name": each} for each in users]
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": GROUP, "kind": "Role", "name": bound},
        "subjects": subjects,
    }


@pytest.fixture
def path(namespace: str) -> str:
    return f"/apis/{GROUP}/v1/namespaces/{namespace}"


@pytest.fixture
def somebody(subject: Subject, path: str, namespace: str, unique: str) -> Callable[..., Ask]:
    """Somebody who may write roles, bindings and nothing else here; `more` verbs on both."""

    def known(*more: str) -> Ask:
        client, verbs = subject.client, (*WRITE, *more)
        given = ("roles", "rolebindings")
        client.made(f"{path}/roles", role("given", rule(verbs, given, GROUP)))
        client.made(f"{path}/rolebindings", binding("given", "given", unique))
        if subject.double is not None:
            allow = Allow(verbs=verbs, groups=(GROUP,), resources=given, namespaces=(namespace,))
            subject.double.access.tokens[unique] = User(name=unique, rules=(allow,))

        def ask(method: str, where: str, body: Json = None) -> Reply:
            kind = APPLY if method == "PATCH" else "application/json"
            query = {"fieldManager": "first"} if method == "PATCH" else {}
            headers = {"Impersonate-User": unique}
            return client.call(method, where, body, kind=kind, headers=headers, query=query)

        eventually(lambda: ask("GET", f"{path}/roles/given").code == 200)
        return ask

    return known


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_role_must_be_there_before_it_is_bound(
    client: Client, path: str, somebody: Callable[..., Ask], method: str
) -> None:
    ask = somebody()
    where = f"{path}/rolebindings" + ("/one" if method == "PATCH" else "")
    found = ask(method, where, binding("one", "late"))
    assert (found.code, found.reason) == (404, "NotFound")
    assert found.message == f'roles.{GROUP} "late" not found'
    assert child(found.doc, "details") == {"name": "late", "group": GROUP, "kind": "roles"}
    client.made(f"{path}/roles", role("late"))
    assert ask(method, where, binding("one", "late")).code == 201


def test_nobody_binds_or_writes_a_role_of_more_than_they_may(
    client: Client, path: str, unique: str, somebody: Callable[..., Ask]
) -> None:
    ask = somebody()
    more = role("more", rule(("get",), ("secrets",)))
    missing = '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}'
    told = "attempting to grant RBAC permissions not currently held"
    found = ask("POST", f"{path}/roles", more)
    assert (found.code, found.reason) == (403, "Forbidden")
    assert found.message.startswith(f'roles.{GROUP} "more" is forbidden: user "{unique}" (groups=')
    assert told in found.message
    assert found.message.endswith(missing)
    client.made(f"{path}/roles", more)
    found = ask("POST", f"{path}/rolebindings", binding("one", "more"))
    assert found.code == 403
    assert found.message.startswith(f'rolebindings.{GROUP} "one" is forbidden: user "{unique}"')
    assert told in found.message


def test_what_is_as_it_was_is_not_asked_about(
    client: Client, path: str, somebody: Callable[..., Ask]
) -> None:
    ask = somebody()
    body = binding("one", "late")
    assert client.apply(f"{path}/rolebindings/one", body, "first").code == 201
    assert ask("PATCH", f"{path}/rolebindings/one", body).code == 200
    changed = {**body, "subjects": binding("one", "late", "ann")["subjects"]}
    assert ask("PATCH", f"{path}/rolebindings/one", changed).code == 404


def test_the_verbs_bind_and_escalate_allow_it(path: str, somebody: Callable[..., Ask]) -> None:
    ask = somebody("bind", "escalate")
    assert ask("POST", f"{path}/rolebindings", binding("one", "late")).code == 201
    assert ask("POST", f"{path}/roles", role("more", rule(("get",), ("secrets",)))).code == 201
