"""Who asks, and what they may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from tests.kube.resource import Resource
from tests.kube.status_error import StatusError, forbidden, unauthorized

ANY: Final = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allow:
    """A rule of a role. "*" is everything; resources are plurals, `pods/log` a subresource.

    `namespaces`: where it holds; "*" is everywhere, cluster scope included.
    """

    verbs: tuple[str, ...] = (ANY,)
    groups: tuple[str, ...] = (ANY,)
    resources: tuple[str, ...] = (ANY,)
    namespaces: tuple[str, ...] = (ANY,)

    def covers(self, verb: str, group: str, resource: str, namespace: str) -> bool:
        asked = (
            (self.verbs, verb),
            (self.groups, group),
            (self.resources, resource),
            (self.namespaces, namespace),
        )
        return all(ANY in allowed or wanted in allowed for allowed, wanted in asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody known by a token."""

    name: str
    rules: tuple[Allow, ...] = ()


ADMIN_TOKEN: Final = "admin-token"
ADMIN: Final = User(name="kubernetes-admin", rules=(Allow(),))
ANONYMOUS: Final = User(name="system:anonymous")


@dataclass(slots=True)
class Access:
    """Users by token. `nobody`: who asks without a token."""

    nobody: User = ADMIN
    tokens: dict[str, User] = field(default_factory=lambda: {ADMIN_TOKEN: ADMIN})

    def asking(self, headers: dict[str, str]) -> User:
        """Who sends these headers; who may do everything may also act as somebody else.

        Raises StatusError (401).
        """
        user = self.user(headers.get("authorization", ""))
        other = headers.get("impersonate-user", "")
        if not other or not may(user, "impersonate", "", "users", ""):
            return user
        known = (each for each in self.tokens.values() if each.name == other)
        return next(known, User(name=other))

    def user(self, authorization: str) -> User:
        """Who sends this Authorization header. Raises StatusError (401)."""
        scheme, _, token = authorization.partition(" ")
        if scheme != "Bearer":
            return self.nobody
        try:
            return self.tokens[token]
        except KeyError:
            raise unauthorized() from None


def may(user: User, verb: str, group: str, resource: str, namespace: str) -> bool:
    """Whether a rule of `user` covers it. `resource` with its subresource: `pods/log`."""
    return any(rule.covers(verb, group, resource, namespace) for rule in user.rules)


def refusal(
    user: User, verb: str, resource: Resource, subresource: str, namespace: str, name: str
) -> StatusError:
    """The 403 for what `user` may not do, in the words of the RBAC authorizer."""
    plural = f"{resource.plural}/{subresource}" if subresource else resource.plural
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    why = (
        f'User "{user.name}" cannot {verb} resource "{plural}" '
        f'in API group "{resource.group}" {where}'
    )
    return forbidden(resource, name, why)
