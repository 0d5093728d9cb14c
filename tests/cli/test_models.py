"""`models pull` against a hub that speaks the protocol: fetched once, gone on with when broken off, used offline."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("faster_whisper", reason="the extra “whisper” is not installed: pip install -e '.[whisper]'")

from tests.engines.speech_to_text.tiny_whisper import Script, write_whisper
from tests.stubs.model_hub import ModelHub, model_hub


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_whisper(tmp_path_factory.mktemp("hub"), Script())


@pytest.fixture
def hub(weights: Path) -> Iterator[ModelHub]:
    with model_hub("Systran/faster-whisper-small", weights) as running:
        yield running


def run(*words: str, home: Path, endpoint: str = "http://127.0.0.1:9") -> subprocess.CompletedProcess[str]:
    """The command, with an empty cache in `home` and a hub; nothing else is known to it."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HF_", "AI_CONSPECTS_", "OPENAI"))
    }
    environment |= {"HF_HUB_CACHE": str(home / "cache"), "HF_ENDPOINT": endpoint, "AI_CONSPECTS_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "ai_conspects", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=home,
    )


def test_a_model_is_fetched_and_auto_takes_it_from_then_on(hub: ModelHub, tmp_path: Path) -> None:
    done = run("models", "pull", "small", home=tmp_path, endpoint=hub.url)
    assert done.returncode == 0, done.stderr
    assert "small is on this machine" in done.stdout
    assert "5/5" in done.stderr  # the progress
    told = run("doctor", home=tmp_path).stdout
    assert "faster-whisper. 100 languages by faster-whisper:small" in told


def test_a_second_pull_downloads_nothing(hub: ModelHub, tmp_path: Path) -> None:
    assert run("models", "pull", "small", home=tmp_path, endpoint=hub.url).returncode == 0
    hub.ranges.clear()
    assert run("models", "pull", "small", home=tmp_path).returncode == 0  # its hub is away
    assert hub.ranges == []


def test_a_download_that_breaks_off_goes_on_where_it_stood(hub: ModelHub, tmp_path: Path, weights: Path) -> None:
    with (weights / "model.bin").open("ab") as file:
        file.truncate(30_000_000)  # the client keeps pieces of 10 MB
    hub.breaks = "model.bin"
    done = run("models", "pull", "small", home=tmp_path, endpoint=hub.url)
    assert done.returncode == 0, done.stderr
    first, second = (start for name, start in hub.ranges if name == "model.bin")
    assert (first, second) == (0, 10 * 2**20)
    [fetched] = (tmp_path / "cache").glob("**/snapshots/*/model.bin")
    assert fetched.read_bytes() == (weights / "model.bin").read_bytes()


def test_a_hub_that_is_away_is_an_error_in_a_sentence(tmp_path: Path) -> None:
    done = run("models", "pull", "small", home=tmp_path)
    assert done.returncode == 1
    assert "could not be fetched from Hugging Face" in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_name_that_nobody_knows_names_the_known(tmp_path: Path) -> None:
    done = run("models", "pull", "smal", home=tmp_path)
    assert done.returncode == 1
    assert "Known are" in " ".join(done.stderr.split())
