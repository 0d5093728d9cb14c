"""Any setting may stand in a file: for secrets, which Docker and Kubernetes hand over like that."""

from pathlib import Path

import pytest

from ai_conspects.core.errors import ConfigurationError
from ai_conspects.core.settings import Settings

KEY = "k" * 40


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{KEY}\n", "utf-8")
    return path


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JWT_SECRET_KEY", "AI_CONSPECTS_SPEECH__API_KEY", "AI_CONSPECTS_LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)


def test_a_file_gives_its_content_without_the_end_of_its_line(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY_FILE", str(secret))
    monkeypatch.setenv("AI_CONSPECTS_SPEECH__API_KEY_FILE", str(secret))
    read = Settings(_env_file=None)
    assert read.jwt_secret_key.get_secret_value() == KEY
    assert read.speech.api_key.get_secret_value() == KEY


def test_the_rest_of_a_group_is_read_from_the_environment(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_CONSPECTS_SPEECH__API_KEY_FILE", str(secret))
    monkeypatch.setenv("AI_CONSPECTS_SPEECH__MODEL", "large")
    assert Settings(_env_file=None).speech.model == "large"


def test_a_value_wins_over_a_file_and_a_file_over_nothing(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY_FILE", str(secret))
    monkeypatch.setenv("JWT_SECRET_KEY", "of the environment")
    assert Settings(_env_file=None).jwt_secret_key.get_secret_value() == "of the environment"
    monkeypatch.setenv("JWT_SECRET_KEY", "")
    assert Settings(_env_file=None).jwt_secret_key.get_secret_value() == KEY


def test_a_file_that_is_not_there_stops_the_start_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigurationError, match=r"JWT_SECRET_KEY_FILE: .*none can't be read"):
        Settings(_env_file=None)


def test_a_file_is_held_to_the_bounds_of_its_setting(secret: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AI_CONSPECTS_LOG_LEVEL_FILE", str(secret))
    with pytest.raises(ValueError, match="log_level"):
        Settings(_env_file=None)


def test_variables_of_others_are_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
    monkeypatch.setenv("JWT_SECRET_KEY", KEY)
    assert Settings(_env_file=None).jwt_secret_key.get_secret_value() == KEY
