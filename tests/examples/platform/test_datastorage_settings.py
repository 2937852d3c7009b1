from __future__ import annotations

from pathlib import Path

import pytest
from datastorage.settings import read_settings
from serving.environment import RefusalError

NEEDED = {"DB_HOST": "db", "DB_PASSWORD": "secret"}


def test_defaults_fill_what_the_environment_leaves_out() -> None:
    settings = read_settings(NEEDED)

    assert (settings.database.port, settings.database.name) == (5432, "action_history")
    assert (settings.http_port, settings.metrics_port, settings.bind) == (8080, 9090, "127.0.0.1")
    assert settings.redis is None


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('log_level = "DEBUG"\npage_size = 7\n')
    variables = NEEDED | {"CONFIG_DIR": str(tmp_path)}

    assert read_settings(variables).log_level == "DEBUG"
    assert read_settings(variables | {"LOG_LEVEL": "ERROR"}).log_level == "ERROR"
    assert read_settings(variables).page_size == 7


def test_a_directory_without_a_file_changes_nothing(tmp_path: Path) -> None:
    assert read_settings(NEEDED | {"CONFIG_DIR": str(tmp_path)}) == read_settings(NEEDED)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("page_size = 0", "page_size must be a whole number from 1 to 200"),
        ("page_size = true", "page_size must be a whole number"),
        ("pages = 1", "unknown key pages"),
        ("page_size =", "cannot be read"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "config.toml").write_text(text)

    with pytest.raises(RefusalError, match=reason):
        read_settings(NEEDED | {"CONFIG_DIR": str(tmp_path)})


def test_the_password_is_not_in_the_settings_text() -> None:
    assert "secret" not in repr(read_settings(NEEDED))
