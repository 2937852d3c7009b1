"""What is made of an answer, whatever it is."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.engines.engine_address import Address
from orchestration.engines.engine_answer import Answer, Silence, ask
from tests.engines.engine_server import (
    DOCKER,
    PLAIN,
    PODMAN,
    Says,
    Script,
    listening,
    serving,
    serving_tcp,
)

TLS = Path(__file__).parent / "tls"


@pytest.fixture
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("s") / "engine.sock"


def at(path: Path) -> Address:
    return Address(rule="test", url=f"unix://{path}")


def version(*components: dict[str, str]) -> dict[str, list[Says]]:
    return {"GET /version": [Says({"ApiVersion": "1.43", "Components": list(components)})]}


class TestAnEngine:
    @pytest.mark.parametrize(
        ("headers", "name", "number"),
        [(PODMAN, "podman", "4.3.1"), (DOCKER, "docker", "20.10.24")],
    )
    def test_is_known_by_its_ping_alone(
        self, path: Path, headers: dict[str, str], name: str, number: str
    ) -> None:
        with serving(Script(headers=headers), path) as script:
            answer = ask(at(path))
        assert isinstance(answer, Answer)
        assert (answer.name, answer.version, answer.api_version) == (name, number, "1.41")
        assert script.asked == ["GET /_ping"]

    @pytest.mark.parametrize(
        ("component", "name"), [("Podman Engine", "podman"), ("Engine", "docker")]
    )
    def test_is_known_by_its_components_when_the_ping_says_nothing(
        self, path: Path, component: str, name: str
    ) -> None:
        answers = version({"Name": "Conmon"}, {"Name": component, "Version": "9.9"})
        with serving(Script(headers=PLAIN, answers=answers), path):
            answer = ask(at(path))
        assert isinstance(answer, Answer)
        assert (answer.name, answer.version, answer.api_version) == (name, "9.9", "1.43")

    def test_answers_on_a_port(self) -> None:
        with serving_tcp(Script()) as port:
            assert isinstance(ask(Address(rule="t", url=f"tcp://127.0.0.1:{port}")), Answer)

    def test_answers_over_tls_to_who_has_a_certificate(self) -> None:
        with serving_tcp(Script(), TLS) as port:
            url = f"tcp://127.0.0.1:{port}"
            assert isinstance(ask(Address(rule="t", url=url, certificates=TLS)), Answer)
            unknown = ask(Address(rule="t", url=f"https://127.0.0.1:{port}"))
        assert isinstance(unknown, Silence)
        assert "certificate" in unknown.outcome.lower()


def hang(_: socket.socket) -> None:
    """Say nothing."""


def babble(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.example ESMTP\r\n")
    connection.close()


def slam(connection: socket.socket) -> None:
    connection.close()


def drip(connection: socket.socket) -> None:
    for _ in range(30):
        connection.sendall(b"HTTP/1.0 200 OK\r\n")
        connection.settimeout(0.05)
        try:
            connection.recv(1)
        except TimeoutError:
            continue


class TestNoEngine:
    @pytest.mark.parametrize(
        ("speak", "outcome"),
        [
            (hang, "no answer within 0.3 s"),
            (drip, "no answer within 0.3 s"),
            (babble, "answers, but not in HTTP"),
            (slam, "answers, but not in HTTP"),
        ],
    )
    def test_is_told_by_what_it_does(
        self, path: Path, speak: Callable[[socket.socket], None], outcome: str
    ) -> None:
        with listening(path, speak):
            silence = ask(at(path), timeout=0.3)
        assert silence in (Silence(outcome), Silence("Connection reset by peer"))

    @pytest.mark.parametrize(
        "answers",
        [
            {},
            version({"Name": "Something"}),
            {"GET /version": [Says("<html>")]},
            {"GET /version": [Says([1, 2])]},
        ],
    )
    def test_is_a_web_server_that_answers_everything(
        self, path: Path, answers: dict[str, list[Says]]
    ) -> None:
        with serving(Script(headers=PLAIN, answers=answers), path):
            assert ask(at(path)) == Silence("answers, but is neither Podman nor Docker")

    def test_is_where_there_is_no_file(self, path: Path) -> None:
        assert ask(at(path)) == Silence("no such file")

    def test_is_at_a_path_that_is_too_long(self) -> None:
        silence = ask(at(Path("/" + "x" * 200)))
        assert isinstance(silence, Silence)
        assert "too long" in silence.outcome
