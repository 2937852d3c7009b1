"""A component misbehaves, or somebody else does something to it: at its gate and afterwards."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from chaos.somebody import DEEDS, Deed, do
from chaos.stage import Stage
from chaos.trial import EngineName, Trial
from chaos.victim import BEGINS

DETECTION_S: Final = 0.6
"""From a death to its detection: for 99 of 100 deaths, which the report shows."""

_DETECTED: Final = "from the death of a component until it is noticed"
_MUCH_TOO_LATE_S: Final = 2.0
_BEGINS_S: Final = 10.0
_VICTIM: Final = Path(__file__).with_name("victim.py")
_HTTP: Final = '{ kind = "http", path = "/health", timeout = "3s" }'
_COMPONENT: Final = """
[stacks.shop.components.NAME]
image = "localhost/stackwright-python:3.11"
command = ["python", "/app/victim.py", WORDS]
volumes = ["app/NAME:/app:rw"]
ports.http = PORT
env = { PORT = "${self.port.http}" }
embedded = { command = ["python", "/app/victim.py", WORDS] }
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentFault:
    """`victim` does what `words` say (chaos/victim.py), or somebody does `deed` to it at `step`.

    `gate`: its gate; "" for a one-shot. `later`: another component comes after it, and takes long.
    `code`: the exit code that is right.
    """

    engine: EngineName
    name: str
    words: str
    code: int
    gate: str = _HTTP
    later: bool = False
    deed: Deed | None = None
    step: str = ""
    kind: str = "misbehaves"

    def __str__(self) -> str:
        return f"{self.engine}, component {self.name}"

    @property
    def table(self) -> str:
        """As Case says."""
        return "components"

    @property
    def row(self) -> str:
        """As Case says."""
        return self.kind

    @property
    def column(self) -> str:
        """As Case says."""
        return self.engine

    @property
    def dies(self) -> bool:
        """Whether there is a death to detect."""
        if self.deed is not None:
            return self.deed in ("kills", "stops", "removes")
        return self.words.startswith(("dies", "answers"))

    def play(self) -> Trial:
        """As Case says."""
        victim = _VICTIM.read_text()
        files = {f"app/{name}/victim.py": victim for name in ("victim", "later")}
        with Stage.of(self.engine, self._config(), files) as stage:
            took = self._play(stage)
            return Trial(case=self, problems=tuple(stage.problems), took=took, output=stage.output)

    def _config(self) -> str:
        victim = _component("victim", self.words, "{ container = 8080, host = HOSTPORT }")
        victim += f"gate = {self.gate}\n" if self.gate else 'one_shot = true\ntimeout = "3s"\n'
        if self.later:
            slow = '{ kind = "http", path = "/health", timeout = "15s" }'
            victim += _component("later", "serves 10", "8080")
            victim += f'after = ["victim"]\ngate = {slow}\n'
        return '[stacks.shop]\ndeadline = "20s"\n' + victim

    def _play(self, stage: Stage) -> dict[str, float]:
        up = stage.up(step=self.step)
        done_at = 0.0
        if self.deed is not None:
            if not up.reached():
                stage.problems.append(f"it never reached {self.step}")
            elif not _comes(self._stamp(stage, "began")):
                stage.problems.append("the victim never began")
            else:
                do(self.deed, self.engine, stage.product, "victim")
                done_at = up.go_on()
        up.ended()
        stage.judge(up, frozenset({self.code}))
        took: dict[str, float] = {}
        if self.code == 0:
            self._judge_ready(stage)
            down = stage.down()
            down.ended()
            stage.judge(down, frozenset({0}))
        else:
            gone = self.deed in ("removes", "removes the network of")
            stage.judge_evidence(code=up.code, component="victim", log="" if gone else BEGINS)
            if self.dies and (detected := self._detected(stage, done_at)) is not None:
                took[_DETECTED] = detected
        stage.judge_left()
        return took

    def _stamp(self, stage: Stage, name: str) -> Path:
        return stage.product.project / "app" / "victim" / name

    def _detected(self, stage: Stage, done_at: float) -> float | None:
        """Seconds from the death, or from when it could first be asked for, to the failed step."""
        stamp = self._stamp(stage, "died")
        died = done_at or (float(stamp.read_text()) if stamp.exists() else None)
        failed = stage.failed_at()
        if died is None or failed is None:
            stage.problems.append("nobody knows when it died, or when that was noticed")
            return None
        began = stage.step_began("gate" if self.gate else "run", "victim")
        took = failed - max(died, began or 0.0)
        if took > _MUCH_TOO_LATE_S:
            stage.problems.append(f"its death was noticed after {took:.2f} s")
        return took

    def _judge_ready(self, stage: Stage) -> None:
        """It was called ready: then it serves, and began to before that."""
        if not self._stamp(stage, "serving").exists():
            stage.problems.append("it was called ready before it served")
        url = f"http://127.0.0.1:{stage.port}/health"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.read() != b"ok":
                    stage.problems.append("it was called ready and serves something else")
        except OSError as error:
            stage.problems.append(f"it was called ready and does not serve: {error}")


def component_faults(engine: EngineName) -> Iterator[ComponentFault]:
    """All of them on one engine."""
    yield from _deaths(engine)
    yield from _false_readiness(engine)
    yield from _one_shots(engine)
    for deed in DEEDS[engine]:
        yield from _deeds(engine, deed)


def _deaths(engine: EngineName) -> Iterator[ComponentFault]:
    for code in (0, 1, 137):
        for after in (0, 0.5):
            when = "at once" if not after else f"after {after} s"
            yield ComponentFault(
                engine=engine,
                name=f"exits with {code} {when}",
                words=f"dies {code} {after}",
                code=8,
                kind="dies before its gate opens",
            )
            yield ComponentFault(
                engine=engine,
                name=f"exits with {code} {when} while another starts",
                words=f"answers {code} {after}",
                code=8,
                later=True,
                kind="dies after its gate, while another starts",
            )
    yield ComponentFault(
        engine=engine,
        name="answers once and dies, and nothing comes after it",
        words="answers 1 0",
        code=8,
        kind="answers once and dies",
    )
    yield ComponentFault(
        engine=engine,
        name="says in its log that it is there and dies, and nothing comes after it",
        words="dies 1 0.05",
        gate=f'{{ kind = "log", pattern = "{BEGINS}" }}',
        code=8,
        kind="answers once and dies",
    )


def _false_readiness(engine: EngineName) -> Iterator[ComponentFault]:
    http = '{ kind = "http", path = "/health", timeout = "2s", '
    cases = (
        ("flaps", "flaps", http + "successes = 2 }", 9),
        ("answers 200 with a wrong body", "lies", http + 'body = "^ok$" }', 9),
        ("accepts and says nothing", "mute", http.rstrip(", ") + " }", 9),
        (
            "accepts and says nothing, to a tcp gate that sends",
            "mute",
            '{ kind = "tcp", send = "hello\\r\\n", expect = "ok", timeout = "2s" }',
            9,
        ),
        (
            "accepts and says nothing, to a redis gate",
            "mute",
            '{ kind = "redis", timeout = "2s" }',
            9,
        ),
        (
            "accepts and says nothing, to a postgres gate",
            "mute",
            '{ kind = "postgres", timeout = "2s" }',
            9,
        ),
        ("accepts, and its service never comes", "accepts never", _HTTP, 9),
        (
            "accepts, and its service never comes, with a tcp gate",
            "accepts never",
            '{ kind = "tcp", timeout = "2s" }',
            9,
        ),
        ("accepts, and its service comes after 1 s", "accepts 1", _HTTP, 0),
    )
    for name, words, gate, code in cases:
        yield ComponentFault(
            engine=engine, name=name, words=words, gate=gate, code=code, kind="is not what it seems"
        )


def _one_shots(engine: EngineName) -> Iterator[ComponentFault]:
    for words, name in (
        ("dies 1 0", "one-shot exits with 1 at once"),
        ("dies 1 0.5", "one-shot exits with 1 after 0.5 s"),
        ("dies 137 0.5", "one-shot is killed"),
        ("ends 60", "one-shot does not end"),
    ):
        yield ComponentFault(
            engine=engine, name=name, words=words, gate="", code=10, kind="one-shot fails"
        )


def _deeds(engine: EngineName, deed: Deed) -> Iterator[ComponentFault]:
    forever = deed == "restarts for ever"
    code = 9 if deed in ("pauses", "removes the network of") else 8
    yield ComponentFault(
        engine=engine,
        name=f"somebody {deed} it at its gate",
        words="dies 1 1" if forever else "serves 30",
        code=code,
        deed=deed,
        step="gate victim",
        kind=f"somebody {deed} it",
    )
    if deed not in ("pauses", "removes the network of"):
        yield ComponentFault(
            engine=engine,
            name=f"somebody {deed} it while another starts",
            words="answers 1 1" if forever else "serves 0",
            code=8,
            later=True,
            deed=deed,
            step="gate later",
            kind=f"somebody {deed} it",
        )
    if not forever:
        yield ComponentFault(
            engine=engine,
            name=f"somebody {deed} it, a one-shot",
            words="ends 30",
            gate="",
            code=10,
            deed=deed,
            step="run victim",
            kind=f"somebody {deed} it",
        )


def _comes(file: Path) -> bool:
    until = time.monotonic() + _BEGINS_S
    while not file.exists():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def _component(name: str, words: str, port: str) -> str:
    quoted = ", ".join(f'"{word}"' for word in words.split())
    text = _COMPONENT.replace("NAME", name).replace("WORDS", quoted)
    return text.replace("= PORT\n", f"= {port}\n")
