"""Whatever can go wrong with a request is an ApiError that says whether to try again."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx2
import pytest

from orchestration.cluster.client import Client
from orchestration.cluster.http_failure import on_the_way
from orchestration.errors import ClusterError
from tests.cluster.asking import (
    MAPS,
    Given,
    ask,
    config,
    config_map,
    odd_server,
    refused,
    write_kubeconfig,
)
from tests.kube.faults import Breakage, Refuses, Which
from tests.kube.kube_double import KubeDouble, kube_double


@pytest.mark.parametrize(
    ("effect", "reason", "retryable", "wait"),
    [
        (Refuses(code=429, retry_after=3), "TooManyRequests", True, 3.0),
        (Refuses(code=503), "ServiceUnavailable", True, None),
        (Refuses(code=504), "Timeout", True, None),
        (Refuses(code=502, message="bad gateway", plain=True), "BadGateway", True, None),
        (Refuses(code=500), "InternalError", False, None),
        (Refuses(code=500, retry_after=1), "InternalError", True, 1.0),
        (Refuses(code=500, message="etcdserver: leader changed"), "InternalError", True, None),
        (Refuses(code=500, message="broken\n\x1b[31m", plain=True), "InternalError", False, None),
        (Refuses(code=403, message="no", plain=True), "Forbidden", False, None),
    ],
    ids=lambda each: str(each)[:50],
)
def test_what_may_pass_can_be_told_from_what_may_not(
    plain: KubeDouble,
    tmp_path: Path,
    effect: Refuses,
    reason: str,
    retryable: bool,
    wait: float | None,
) -> None:
    async def work(client: Client) -> None:
        plain.faults.add(Which(verb="patch"), effect)
        error = await refused(client.apply(MAPS, config_map("one")))
        assert (error.code, error.reason) == (effect.code, reason)
        assert (error.retryable, error.retry_after_s) == (retryable, wait)
        assert "\x1b" not in error.message
        assert await client.apply(MAPS, config_map("one"))

    ask(config(plain, tmp_path), work)
    assert plain.faults.struck == 1


def test_a_field_of_a_wrong_type_is_never_worth_another_try(
    plain: KubeDouble, tmp_path: Path
) -> None:
    async def work(client: Client) -> None:
        body = {**config_map("one"), "dta": {}}
        error = await refused(client.apply(MAPS, body))
        assert (error.code, error.retryable) == (500, False)
        assert "field not declared in schema" in error.message

    ask(config(plain, tmp_path), work)


@pytest.mark.parametrize(
    ("code", "reason", "message"),
    [
        (409, "Conflict", 'Operation cannot be fulfilled on resourcequotas "q": the object has '
         "been modified; please apply your changes to the latest version and try again"),
        (403, "Forbidden", 'pods "p" is forbidden: error looking up service account shop/default: '
         'serviceaccount "default" not found'),
        (403, "Forbidden", 'pods "p" is forbidden: status unknown for quota: q, resources: pods'),
        (500, "InternalError", 'Internal error occurred: failed calling webhook "w.example.com": '
         "failed to call webhook: Post: dial tcp 10.0.0.1:443: connect: connection refused"),
        (500, "InternalError", 'Internal error occurred: failed calling webhook "w.example.com": '
         'failed to call webhook: Post "https://w.certs.svc:443/validate?timeout=30s": tls: failed '
         "to verify certificate: x509: certificate signed by unknown authority"),
        (500, "InternalError", "Internal error occurred: conversion webhook for example.com/v1, "
         'Kind=Box failed: Post "https://w.boxes.svc:443/convert": x509: certificate is valid for '
         "localhost, not w.boxes.svc"),
        (500, "ServerTimeout", "the operation cannot be fulfilled at this time"),
    ],
)  # fmt: skip
def test_refusals_that_end_by_themselves_are_worth_another_try(
    tmp_path: Path, code: int, reason: str, message: str
) -> None:
    status = {"kind": "Status", "reason": reason, "code": code, "message": message}
    given = Given(code=code, body=json.dumps(status).encode())
    with odd_server({"/api/v1/namespaces/shop/configmaps/one": given}) as odd:

        async def work(client: Client) -> None:
            error = await refused(client.get(MAPS, "one", "shop"))
            assert (error.code, error.reason, error.message) == (code, reason, message)
            assert error.retryable

        ask(write_kubeconfig(tmp_path / "config", odd.url), work)


def test_a_library_that_quotes_a_header_is_not_repeated() -> None:
    quoting = httpx2.LocalProtocolError("Illegal header value b'Bearer hush\\n'")
    error = on_the_way("get", "/version", quoting)
    assert (error.reason, error.retryable) == ("Unauthorized", False)
    assert "hush" not in str(error)


@pytest.mark.parametrize("effect", [Breakage.RESET, Breakage.CUT])
def test_a_broken_connection_is_worth_another_try(
    double: KubeDouble, tmp_path: Path, effect: Breakage
) -> None:
    async def work(client: Client) -> None:
        double.faults.add(Which(verb="list"), effect)
        error = await refused(client.list(MAPS, "shop"))
        assert (error.code, error.reason, error.retryable) == (0, "Broken", True)
        assert error.message
        assert (await client.list(MAPS, "shop")).resource_version

    ask(config(double, tmp_path), work)


def test_a_server_that_is_silent_is_not_waited_for_for_ever(
    plain: KubeDouble, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.cluster.connection.ANSWER_S", 0.2)
    monkeypatch.setattr("orchestration.cluster.channel.OPENING_S", 0.2)

    async def work(client: Client) -> None:
        plain.faults.add(Which(verb="list"), Breakage.HANG)
        plain.faults.add(Which(verb="watch"), Breakage.HANG)
        error = await refused(client.list(MAPS, "shop"))
        assert (error.code, error.reason, error.retryable) == (0, "TimedOut", True)
        error = await refused(anext(client.watch(MAPS, "shop", resource_version="0")))
        assert (error.code, error.reason, error.retryable) == (0, "TimedOut", True)

    ask(config(plain, tmp_path), work)


def test_a_refused_connection_in_the_middle_is_worth_another_try(tmp_path: Path) -> None:
    with kube_double() as double:
        path = config(double, tmp_path)

        async def work(client: Client) -> None:
            await asyncio.to_thread(double.server.stop)
            error = await refused(client.list(MAPS, "shop"))
            assert (error.code, error.reason, error.retryable) == (0, "Unreachable", True)
            assert error.message == "Connection refused"

        ask(path, work)


@pytest.mark.parametrize(
    "body", [b"<!DOCTYPE html><title>Log in</title>", b"[]", b"", b"\xff{"], ids=str
)
def test_an_answer_that_no_api_server_gives_is_an_error(tmp_path: Path, body: bytes) -> None:
    with (
        odd_server({"/version": Given(body=body)}) as odd,
        pytest.raises(ClusterError, match="or is none") as caught,
    ):
        ask(write_kubeconfig(tmp_path / "config", odd.url), Client.version)
    assert "the answer is none of an API server" in caught.value.why


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7.0),
        (
            {
                "Date": "Sat, 21 Nov 2026 18:00:00 GMT",
                "Retry-After": "Sat, 21 Nov 2026 18:00:09 GMT",
            },
            9.0,
        ),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait_is_told_in_seconds(
    tmp_path: Path, headers: dict[str, str], wait: float | None
) -> None:
    busy = Given(code=429, body=b"busy", headers=headers)
    with odd_server({"/api/v1/namespaces/shop/configmaps/one": busy}) as odd:

        async def work(client: Client) -> None:
            error = await refused(client.get(MAPS, "one", "shop"))
            assert (error.retry_after_s, error.retryable) == (wait, True)

        ask(write_kubeconfig(tmp_path / "config", odd.url), work)
