"""A whole server, offline, with the page in it, and a real Chromium whose microphone hears real speech."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.faults.site import Site, site
from tests.page.chromium import ARGUMENTS, chromium
from tests.page.people import ROOT
from tests.page.speech import speech_file


@pytest.fixture(scope="session")
def page_is_built() -> None:
    """The page in the package is the one that `web/` describes; every test worker waits for the one that builds it."""
    with Path(gettempdir(), "ai-conspects-page.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, str(ROOT / "hatch_build.py")], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def server(page_is_built: None) -> Iterator[Site]:
    unlimited = dict.fromkeys(("auth_per_minute", "submit_per_minute", "chat_per_minute", "api_per_minute"), 0)
    patient = {"lease_s": 60, "sweep_s": 1, "audio_processes": 1, "other_processes": 1}  # no worker dies here
    with site(rate=unlimited, worker=patient) as made:
        made.start("worker-audio", "worker-other", "worker-sweeper")
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for a module; every person in it has a profile of their own."""
    path, spoken = chromium(), speech_file(tmp_path_factory.mktemp("speech") / "speech.wav")
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, *fake, f"--use-file-for-fake-audio-capture={spoken}%noloop"]
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()
