from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from orchestration.cluster.api import ApiError
from orchestration.cluster.retry import ATTEMPTS, Answered, GaveUp, Retry


def error(*, retryable: bool = True, after: float | None = None, code: int = 503) -> ApiError:
    return ApiError(
        verb="patch",
        path="/api/v1/namespaces/shop/configmaps/one",
        code=code,
        reason="ServiceUnavailable",
        message="busy",
        retry_after_s=after,
        retryable=retryable,
    )


@dataclass
class Server:
    """Answers with what it is given, one after the other; keeps the time, which only pauses move.

    `chance`: what is drawn each time.
    """

    answers: Iterator[ApiError | str]
    chance: float = 1.0
    pauses: list[float] = field(default_factory=list)
    time: float = 100.0

    async def answer(self) -> str:
        found = next(self.answers)
        if isinstance(found, ApiError):
            raise found
        return found

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.time += seconds

    @property
    def retry(self) -> Retry:
        return Retry(clock=lambda: self.time, pause=self.pause, chance=lambda: self.chance)


def server(*answers: ApiError | str, chance: float = 1.0) -> Server:
    return Server(iter(answers), chance)


def test_what_is_refused_for_good_is_asked_once() -> None:
    refusal = error(retryable=False, code=500)
    asked = server(refusal, "late")
    assert asyncio.run(asked.retry(asked.answer)) == GaveUp(refusal, 1)
    assert asked.pauses == []


def test_the_number_of_attempts_is_told() -> None:
    asked = server(error(), error(), "done")
    assert asyncio.run(asked.retry(asked.answer)) == Answered("done", 3)


def test_the_limits_of_the_pauses_double_up_to_five_seconds() -> None:
    asked = server(*(error() for _ in range(9)), "done")
    asyncio.run(asked.retry(asked.answer))
    assert asked.pauses == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5])


def test_a_pause_may_be_as_short_as_chance_wants() -> None:
    asked = server(*(error() for _ in range(4)), "done", chance=0.0)
    asyncio.run(asked.retry(asked.answer))
    assert asked.pauses == [0, 0, 0, 0]


def test_a_server_is_not_asked_before_it_wants_to_be() -> None:
    asked = server(error(after=7.0), error(after=0.01), "done", chance=0.5)
    asyncio.run(asked.retry(asked.answer))
    assert asked.pauses == pytest.approx([7.0, 0.1])


@pytest.mark.parametrize("after", [None, 60.0])
def test_what_would_come_after_the_deadline_is_given_up_at_once(after: float | None) -> None:
    last = error(after=after)
    asked = server(error(), last, "late")
    found = asyncio.run(asked.retry(asked.answer, deadline=100.25))
    assert found == GaveUp(last, 2)
    assert asked.time < 100.25


def test_it_ends_after_so_many_attempts() -> None:
    asked = server(*(error() for _ in range(100)))
    found = asyncio.run(asked.retry(asked.answer))
    assert isinstance(found, GaveUp)
    assert found.attempts == ATTEMPTS
    assert sum(asked.pauses) == pytest.approx(46.3)


def test_what_is_no_answer_of_the_server_is_not_hidden() -> None:
    async def ask() -> str:
        raise KeyError("a defect of ours")

    with pytest.raises(KeyError):
        asyncio.run(Retry()(ask))
