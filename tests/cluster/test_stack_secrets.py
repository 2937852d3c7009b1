"""Texts that give a secret of a stack away, and texts that do not."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote

import pytest

from orchestration.cluster.stack_secrets import tells_of
from orchestration.gates import HttpGate, PostgresGate, RedisGate
from orchestration.model import Secret
from orchestration.stack import Component
from tests.cluster.stack_making import component, stack

WORD = "hidden in/the tree"
SECRET = Secret(WORD)


@pytest.mark.parametrize(
    "holder",
    [
        component(env={"KEY": SECRET}),
        component(gate=PostgresGate(port="http", user="u", database="d", password=SECRET)),
        component(gate=RedisGate(port="http", password=SECRET)),
        component(gate=HttpGate(port="http", headers={"X-Key": SECRET})),
        component(command=("serve", "--password", WORD)),
    ],
)
def test_a_secret_of_any_component_is_known_however_it_is_written(holder: Component) -> None:
    tells = tells_of(stack(component("first"), holder))
    for text in (WORD, quote(WORD, safe=""), b64encode(WORD.encode()).decode()):
        assert tells(f"key = {text}\n")
    assert not tells("key = none\n")


def test_a_secret_with_an_escaped_reference_in_it_is_known_as_it_will_be() -> None:
    tells = tells_of(stack(component(env={"KEY": Secret("abc$${store.host}def")})))
    assert tells("abc${store.host}def")


@pytest.mark.parametrize(
    "text", ["--password=x1y2", "http://me:x1y2@host/", "http://host/?token=x1y2"]
)
def test_what_spells_a_secret_out_is_known_without_knowing_it(text: str) -> None:
    assert tells_of(stack(component()))(text)
