from __future__ import annotations

import pytest
from serving.environment import Environment, RefusalError


@pytest.mark.parametrize("value", ["0", "65536", "-1", "http", "8080 "])
def test_a_port_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(RefusalError, match="PORT must be a port from 1 to 65535"):
        Environment({"PORT": value}).port("PORT", 8080)


@pytest.mark.parametrize("value", ["0", "-3", "soon", "nan", "3601"])
def test_a_duration_that_is_none_is_refused_by_name(value: str) -> None:
    with pytest.raises(RefusalError, match="WAIT must be seconds"):
        Environment({"WAIT": value}).seconds("WAIT", 5)


@pytest.mark.parametrize("value", ["host:8080", "ftp://host", "http://"])
def test_an_address_that_is_no_http_url_is_refused_by_name(value: str) -> None:
    with pytest.raises(RefusalError, match="STORE must be an http"):
        Environment({"STORE": value}).url("STORE")


def test_a_flag_is_true_or_false_and_nothing_else() -> None:
    environment = Environment({"ON": "true", "OFF": "False", "ODD": "yes"})

    assert (environment.flag("ON"), environment.flag("OFF"), environment.flag("NONE")) == (
        True,
        False,
        False,
    )
    with pytest.raises(RefusalError, match="ODD must be true or false"):
        environment.flag("ODD")


def test_an_empty_variable_counts_as_absent() -> None:
    environment = Environment({"DB_HOST": "", "PORT": ""})

    assert environment.port("PORT", 8080) == 8080
    with pytest.raises(RefusalError, match="DB_HOST is not set"):
        environment.text("DB_HOST")
