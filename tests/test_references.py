"""`${…}` in texts: taken apart, checked, and filled in for a peer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.errors import ConfigError
from orchestration.gates import ExecGate, HttpGate, PostgresGate
from orchestration.model import PortBinding, Secret, Text
from orchestration.references import Peer, Reference, escape, expand, names_in, split

PEERS = {
    "store": Peer(
        host="store",
        ports=(
            PortBinding(name="metrics", inside=9090, host=40001),
            PortBinding(name="http", inside=8080, host=40000),
        ),
        gate=HttpGate(port="http", path="/health"),
    ),
    "db": Peer(
        host="127.0.0.1",
        ports=(PortBinding(name="sql", inside=15432, host=15432),),
        gate=PostgresGate(port="sql", user="u", password=Secret("p@ss"), database="d"),
    ),
    "worker": Peer(
        host="worker",
        ports=(PortBinding(name="rpc", inside=7000, host=40002),),
        gate=ExecGate(command=("true",)),
    ),
    "job": Peer(host="job", ports=(), gate=None),
    "v6": Peer(host="::1", ports=(PortBinding(name="x", inside=1, host=1),), gate=None),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${store.host}", "store"),
        ("${store.port}", "8080"),
        ("${store.port.metrics}", "9090"),
        ("${store.url}/v1", "http://store:8080/v1"),
        ("${store.dsn}", "http://store:8080"),
        ("${self.host}:${self.port.http}", "store:8080"),
        ("${db.url}", "postgresql://127.0.0.1:15432"),
        ("${worker.port}", "7000"),
        ("${worker.url}", "tcp://worker:7000"),
        ("${v6.url}", "tcp://[::1]:1"),
        ("$${store.host}", "${store.host}"),
        ("$$${store.host}", "$${store.host}"),
        ("$ $$ $1 {x} }", "$ $$ $1 {x} }"),
        ("", ""),
    ],
)
def test_a_text_is_filled_in_as_peers_see_the_components(text: str, expected: str) -> None:
    assert expand(text, "store", PEERS) == expected


def test_a_text_with_credentials_becomes_a_secret() -> None:
    assert expand("${db.dsn}?x=1", "store", PEERS) == Secret(
        "postgresql://u:p%40ss@127.0.0.1:15432/d?x=1"
    )


def test_a_secret_stays_one() -> None:
    assert expand(Secret("${store.host}"), "db", PEERS) == Secret("store")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("${sotre.host}", "no component sotre has been started before it\n  fix: did you mean"),
        ("${store.port.htp}", "has no port `htp`\n  fix: did you mean `http`?"),
        ("${job.port}", "has no port\n  fix: give it a port to be reached"),
        ("${store.prot}", "asks for `prot`, which no component has\n  fix: did you mean `port`?"),
        ("${HOME}", "`${HOME}` is not a reference to a component"),
        ("${}", "`${}` is not a reference to a component"),
        ("${.host}", "is not a reference"),
        ("${store.host.x}", "is not a reference"),
        ("${store.port.}", "is not a reference"),
        ("x${store.host", "`${store.host` is not closed with `}`\n  fix: for a literal"),
    ],
)
def test_what_cannot_be_filled_in_is_an_error_that_says_why(text: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(text, "web", PEERS)
    assert told in str(caught.value)


@pytest.mark.parametrize("text", ["a${hunter2}", "a${hunter2.hunter2}", "a${hunter2"])
def test_an_error_about_a_secret_does_not_show_it(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        expand(Secret(text), "web", PEERS)
    assert "hunter2" not in str(caught.value)


def test_the_names_in_a_text_are_told_once_each_without_self() -> None:
    assert names_in("${b.host} ${self.port} $${c.host} ${a.url} ${b.port.x}") == ("b", "a")


def test_a_reference_is_written_as_it_was_read() -> None:
    written = "${store.port.metrics}"
    assert split(written) == (Reference(name="store", wanted="port", port="metrics"),)
    assert str(split(written)[0]) == written


@given(st.text(alphabet="${}a.") | st.text())
def test_an_escaped_text_comes_back_unchanged(text: str) -> None:
    assert expand(escape(text), "web", {}) == text


@given(st.text(alphabet="${}a.hostprl", max_size=30), st.booleans())
def test_any_text_is_either_filled_in_or_a_config_error(text: str, secret: bool) -> None:
    given_: Text = Secret(text) if secret else text
    try:
        filled = expand(given_, "a", {"a": PEERS["store"]})
    except ConfigError:
        return
    assert isinstance(filled, Secret) == secret
