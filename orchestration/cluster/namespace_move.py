"""What of an object names the namespace that the manifests were written for, and follows the move.

Only what cannot mean anything else is changed; what merely looks like the name is told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from orchestration.cluster.fields import Fields

USUAL: Final = "default"
"""Where objects without a namespace go when nobody says otherwise, so what names them says it."""

_NAME_LABEL: Final = "kubernetes.io/metadata.name"
_NOT_SEARCHED: Final = frozenset(
    {"labels", "matchLabels", "name", "image", "kubectl.kubernetes.io/last-applied-configuration"}
)
"""Where the word is a name or a mark that nothing looks up."""

_OPTION: Final = re.compile(r"-(-[\w-]*)?n(amespace)?")
_HOSTS: Final = (
    # The whole of a text, or of the value of an option.
    (r"\A(\s*(?:--?[\w-]+=)?)", r"(?=\s*\Z)"),
    # In a URL, with or without a user.
    (r"((?<=//)|(?<=@))", r"(?![\w-]|\.[\w-])"),
    # With a port.
    (r"((?<![\w.-]))", r"(?=:\d{1,5}(?![\w-]))"),
)
"""What stands before and after `service.namespace` where that is a host. Elsewhere it may be a
setting (`redis.default=5`) or code (`module.api.default()`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceMove:
    """From `home` (None when the manifests name none) to `to`.

    `names`: of the namespaced objects that move, by kind.
    """

    home: str | None
    to: str
    names: Mapping[str, Collection[str]] = field(repr=False)

    def moved(self, body: Mapping[str, object]) -> dict[str, object]:
        """The object with these changed: `namespace` keys, subjects, names in the cluster's DNS
        (`postgres.shop.svc`, and `postgres.shop` where it is a host), names of service accounts,
        options (`--namespace=shop`), variables (`POD_NAMESPACE`), and selectors of a namespace by
        its name.
        """
        return {key: self._value(key, each) for key, each in body.items()}

    def left(self, body: Mapping[str, object]) -> Mapping[str, tuple[str, ...]]:
        """Where an object that was moved still says `home`, or a Service of the usual namespace:
        paths such as `data.config.yaml`, by what is said there."""
        words = [rf"(?<![\w-])(?:{self._services})\.{USUAL}"] if self._services else []
        if self.home not in (None, USUAL):
            words.append(rf"(?<![\w/-]){re.escape(self.home or '')}")
        found: dict[str, tuple[str, ...]] = {}
        if words:
            word = re.compile(rf"(?:{'|'.join(words)})(?![\w-]|\.\w)")
            for said, path in _mentions(body, word, ""):
                found[said] = (*found.get(said, ()), path)
        return found

    def _value(self, key: str, value: object) -> object:
        match value:
            case Mapping():
                return self._table({str(name): each for name, each in value.items()})
            case list() if key == "subjects":
                return [self._subject(each) for each in value]
            case list():
                return [self._item(value, at) for at in range(len(value))]
            case str() if key in ("namespace", _NAME_LABEL) and value == self.home:
                return self.to
            case str():
                return self._text(value)
            case _:
                return value

    def _table(self, table: Mapping[str, object]) -> dict[str, object]:
        moved = {key: self._value(key, each) for key, each in table.items()}
        name, namespace = table.get("name"), table.get("namespace")
        if namespace == USUAL and self._is_ours(name):
            moved["namespace"] = self.to
        if isinstance(name, str) and "NAMESPACE" in name.upper() and table.get("value"):
            moved["value"] = self.to if table["value"] == self.home else moved["value"]
        return moved

    def _subject(self, subject: object) -> object:
        """A subject of a binding. One without a namespace can only mean the one it is used in."""
        if not isinstance(subject, Mapping):
            return subject
        moved = self._table(subject)
        name, namespace = subject.get("name"), subject.get("namespace")
        if subject.get("kind") == "ServiceAccount":
            usual = namespace == USUAL and name == "default"
            if not namespace or usual:
                moved["namespace"] = self.to
        return moved

    def _item(self, items: list[object], at: int) -> object:
        """An item of a list, which may be the value of the option before it."""
        before = items[at - 1] if at else None
        if items[at] == self.home and isinstance(before, str) and _OPTION.fullmatch(before):
            return self.to
        return self._value("", items[at])

    def _is_ours(self, name: object) -> bool:
        return isinstance(name, str) and any(name in names for names in self.names.values())

    @property
    def _services(self) -> str:
        return "|".join(sorted(map(re.escape, self.names.get("Service", ()))))

    def _text(self, text: str) -> str:
        if self._services:
            places = "|".join(re.escape(each) for each in {USUAL, self.home or USUAL})
            ours = rf"(?<![\w-])({self._services})\.(?:{places})(?=\.svc\b)"
            text = re.sub(ours, rf"\1.{self.to}", text)
            host = rf"((?:[\w-]+\.)*(?:{self._services}))\.(?:{places})"
            for before, after in _HOSTS:
                text = re.sub(f"{before}{host}{after}", rf"\1\2.{self.to}", text)
        if self.home is None:
            return text
        home = re.escape(self.home)
        if self.home != USUAL:
            text = re.sub(rf"\.{home}\.svc\b", f".{self.to}.svc", text)
        accounts = rf"(system:serviceaccounts?:){home}(?![\w-])"
        text = re.sub(accounts, rf"\g<1>{self.to}", text)
        return re.sub(rf"^(--?[\w-]*namespace=){home}$", rf"\g<1>{self.to}", text)


def _mentions(value: object, word: re.Pattern[str], at: str) -> Iterator[tuple[str, str]]:
    """What is found in each text, and where that is."""
    match value:
        case Mapping():
            for key, each in value.items():
                if key not in _NOT_SEARCHED:
                    yield from _mentions(each, word, f"{at}.{key}" if at else str(key))
        case list():
            for index, each in enumerate(value):
                yield from _mentions(each, word, f"{at}[{index}]")
        case str():
            yield from ((said, at) for said in dict.fromkeys(word.findall(value)))


def home_of(
    namespaces: Collection[str],
    written: Collection[str | None],
    subjects: Collection[str],
) -> str | None:
    """The namespace that manifests are written for, None when there is none or several might be.

    `namespaces`: the Namespace objects among them; `written`: what their namespaced objects say,
    None for nothing; `subjects`: where bindings look for service accounts that say nothing. The
    cluster's own (`kube-…`) are nobody's home.
    """
    if namespaces:
        found = set(namespaces)
    elif None in written:
        found = set(subjects)
    else:
        found = {each for each in written if each}
    mine = {each for each in found if not each.startswith("kube-")}
    return mine.pop() if len(mine) == 1 else None


def account_namespaces(
    bodies: Collection[Mapping[str, object]], accounts: Collection[str]
) -> set[str]:
    """The namespaces in which bindings look for `accounts`."""
    return {
        subject.text("namespace")
        for body in bodies
        for subject in Fields(body).tables("subjects")
        if subject.text("kind") == "ServiceAccount"
        and subject.text("name") in accounts
        and subject.text("namespace")
    }
