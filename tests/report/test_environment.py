"""Endpoints as variables: what reads them gets the very values."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.errors import ConfigError
from orchestration.report import render_env
from tests.report.subjects import ENDPOINTS

POSTGRES = ENDPOINTS[0]
NASTY = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize(
    "dsn",
    [
        "plain",
        "with blank",
        "quote's",
        'double"quote',
        "$HOME `id` $(id)",
        "back\\slash",
        "a\nb",
        "",
    ],
)
def test_a_shell_gets_the_very_value(dsn: str) -> None:
    script = render_env([replace(POSTGRES, dsn=dsn)]) + "printf '%s' \"$POSTGRES_DSN\""
    shown = subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True)
    assert shown.stdout == dsn


@settings(deadline=None)
@given(dsn=NASTY.filter(lambda text: "$" not in text or not set("'\\\r\n") & set(text)))
def test_a_reader_of_dotenv_files_gets_the_very_value(dsn: str) -> None:
    """A dollar beside a quote, backslash or newline has no form that every reader agrees on."""
    text = render_env([replace(POSTGRES, dsn=dsn)], style="dotenv")
    assert dotenv_values(stream=StringIO(text), interpolate=False).get("POSTGRES_DSN") == dsn


def test_a_dollar_is_taken_as_it_is() -> None:
    text = render_env([replace(POSTGRES, dsn="pa$HOME")], style="dotenv")
    assert text.splitlines()[-1] == "POSTGRES_DSN='pa$HOME'"
    assert dotenv_values(stream=StringIO(text))["POSTGRES_DSN"] == "pa$HOME"


def test_a_component_that_begins_with_a_digit_has_a_name_a_shell_takes() -> None:
    assert render_env([replace(POSTGRES, component="2nd-db")]).startswith("export _2ND_DB_HOST=")


def test_two_ports_that_come_out_the_same_are_an_error() -> None:
    clash = [*ENDPOINTS, replace(ENDPOINTS[2], component="data-storage-metrics")]
    with pytest.raises(ConfigError, match="DATA_STORAGE_METRICS_PORT") as caught:
        render_env(clash)
    assert "data-storage:metrics and data-storage-metrics:metrics" in caught.value.why
