"""Whatever order lists, changes, replays and answers come in, the same is known in the end."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from orchestration.cluster.api import Body, Change, ChangeKind, Listing
from orchestration.cluster.observed import Observed
from orchestration.model import Failed, Ready
from tests.cluster.bodies import NOW
from tests.cluster.observing import MAPS, ref, seen

NAMES = ("a", "b", "c")
OWNERS = ("", "uid-x", "uid-y")


@dataclass(slots=True)
class Truth:
    """A server with one kind of objects, and what one watcher was told of it.

    A list may be under way while changes and answers come in; a watch may go back any number of
    changes. Nobody deletes what is applied before the answer has arrived.
    """

    observed: Observed = field(default_factory=Observed)
    there: dict[str, Body] = field(default_factory=dict)
    history: list[Change] = field(default_factory=list)
    told: int | None = None
    asked: tuple[int, int, dict[str, Body]] | None = None
    answers: list[tuple[str, Body]] = field(default_factory=list)
    ours: dict[str, Body] = field(default_factory=dict)
    made: int = 0

    def play(self, step: str, name: str, number: int) -> None:
        match step:
            case "create" | "apply" if name not in self.there:
                self.made += 1
                self.write(ChangeKind.ADDED, name, uid=f"{name}-{self.made}", number=number)
            case "update" | "apply" if name in self.there:
                self.write(ChangeKind.MODIFIED, name, uid=self.uid(name), number=number)
            case "delete" if name in self.there and name not in dict(self.answers):
                gone = self.there.pop(name)
                self.history.append(Change(kind=ChangeKind.DELETED, body=gone))
            case "answer" if self.answers:
                self.answer()
            case "ask" if self.asked is None:
                self.asked = (self.observed.mark(), len(self.history), dict(self.there))
            case "listed" if self.asked is not None:
                self.list()
            case "tell" if self.told is not None:
                self.tell(number)
            case "again" if self.told is not None:
                self.told = max(0, self.told - number)
            case _:
                return
        if step == "apply":
            self.answers.append((name, self.there[name]))

    def uid(self, name: str) -> str:
        return uid(self.there[name])

    def write(self, kind: ChangeKind, name: str, *, uid: str, number: int) -> None:
        body = seen(
            MAPS,
            {"data": {"number": str(number)}},
            name,
            uid=uid,
            version=len(self.history),
            owner=OWNERS[number % len(OWNERS)],
        )
        self.there[name] = body
        self.history.append(Change(kind=kind, body=body))

    def answer(self) -> None:
        name, body = self.answers.pop(0)
        self.observed.applied(ref(MAPS, name), body)
        self.ours[name] = body

    def list(self) -> None:
        assert self.asked is not None
        begun, at, found = self.asked
        listing = Listing(items=tuple(found.values()), resource_version=str(at))
        self.observed.listed(MAPS, "shop", listing, begun=begun, now=NOW)
        self.asked, self.told = None, at

    def tell(self, number: int) -> None:
        assert self.told is not None
        for change in self.history[self.told : self.told + number]:
            self.observed.changed(MAPS, change, now=NOW)
        self.told = min(len(self.history), self.told + number)

    def finish(self, *, answers_last: bool) -> None:
        """Tell all that was not told."""
        if not answers_last:
            while self.answers:
                self.answer()
        if self.told is None or self.asked is not None:
            self.asked = self.asked or (self.observed.mark(), len(self.history), dict(self.there))
            self.list()
        self.tell(len(self.history))
        while self.answers:
            self.answer()


def uid(body: Body) -> str:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    return str(metadata["uid"])


def owner(body: Body) -> str:
    metadata = body["metadata"]
    assert isinstance(metadata, dict)
    references = metadata["ownerReferences"]
    return str(references[0]["uid"]) if references else ""


STEPS = [
    *("create", "apply", "update", "delete", "answer"),
    *("ask", "listed", "tell", "tell", "again"),
]
steps = st.lists(
    st.tuples(
        st.sampled_from(STEPS), st.sampled_from(NAMES), st.integers(min_value=1, max_value=4)
    ),
    max_size=40,
)


@given(steps, st.booleans())
def test_what_is_known_in_the_end_is_what_is_there(
    played: list[tuple[str, str, int]], answers_last: bool
) -> None:
    truth = Truth()
    for step, name, number in played:
        truth.play(step, name, number)
    truth.finish(answers_last=answers_last)
    for name in NAMES:
        assert truth.observed.body(ref(MAPS, name)) == truth.there.get(name)


@given(steps, st.booleans())
def test_what_is_owned_in_the_end_is_what_names_its_owner(
    played: list[tuple[str, str, int]], answers_last: bool
) -> None:
    truth = Truth()
    for step, name, number in played:
        truth.play(step, name, number)
    truth.finish(answers_last=answers_last)
    for each in OWNERS[1:]:
        there = [truth.there[name] for name in sorted(truth.there)]
        expected = tuple(body for body in there if owner(body) == each)
        assert truth.observed.owned(each, "", "ConfigMap") == expected


@given(steps, st.booleans())
def test_what_was_applied_fails_exactly_when_it_is_gone(
    played: list[tuple[str, str, int]], answers_last: bool
) -> None:
    truth = Truth()
    for step, name, number in played:
        truth.play(step, name, number)
    truth.finish(answers_last=answers_last)
    for name, body in truth.ours.items():
        there = name in truth.there and truth.uid(name) == uid(body)
        verdict = truth.observed.verdict(ref(MAPS, name), NOW)
        assert isinstance(verdict, Ready if there else Failed)
