"""A whole server, offline, with the page in it, and a real Chromium whose microphone hears real speech."""

import fcntl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.recordings import clip
from tests.e2e.waiting import until
from tests.faults.site import Site, site
from tests.page.chromium import ARGUMENTS, chromium
from tests.page.home import LECTURES, Home, hostile_note, lecture
from tests.page.people import ROOT, Person, person
from tests.page.speech import speech_file

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def page_is_built() -> None:
    """The page in the package is the one that `web/` describes; every test worker waits for the one that builds it."""
    with Path(gettempdir(), "ai-conspects-page.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, str(ROOT / "hatch_build.py")], capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="package")
def server(page_is_built: None) -> Iterator[Site]:
    unlimited = dict.fromkeys(("auth_per_minute", "submit_per_minute", "chat_per_minute", "api_per_minute"), 0)
    patient = {"lease_s": 60, "sweep_s": 1, "audio_processes": 1, "other_processes": 1}  # no worker dies here
    with site(rate=unlimited, worker=patient) as made:
        made.start("worker-audio", "worker-other", "worker-sweeper")
        yield made


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all of them; every person in it has a profile of their own."""
    path, spoken = chromium(), speech_file(tmp_path_factory.mktemp("speech") / "speech.wav")
    fake = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, *fake, f"--use-file-for-fake-audio-capture={spoken}%noloop"]
        opened = playwright.chromium.launch(executable_path=path, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="package")
def home(server: Site, browser: Browser) -> Home:
    """Three lectures in Russian, one real recording, one question, and a note that means harm."""
    with person(browser, server.url) as owner:
        page = owner.visit()
        with owner.api() as api:
            for number, (name, said) in enumerate(LECTURES.items()):
                api.post("/recordings/import", json=lecture(f"lecture-{number}", name, said)).raise_for_status()
            sent = {"id": "speech", "language": "en", "filename": "Inaugural address.m4a"}
            api.post("/recordings", params=sent, content=clip(), headers={"Content-Type": "audio/mp4"})
            api.post("/notes", json=hostile_note()).raise_for_status()
            until(lambda: all(one["status"] == "completed" for one in api.get("/batches").json()["items"]), 120)
            api.post("/chat/query", json={"message": "Как лечат переобучение?"}, timeout=60).raise_for_status()
            made = api.get("/notes", params={"limit": 50}).json()["items"]
        page.get_by_role("button", name="I have kept it").click()
        notes = {one["source_recording_id"] or "hostile": one["id"] for one in made}
        device = [
            one for one in owner.context.storage_state()["origins"][0]["localStorage"] if "tokens" not in one["name"]
        ]
        origin = {"origin": server.url, "localStorage": device}  # each visitor logs in: a refresh token is spent once
        return Home(server.url, {"cookies": [], "origins": [origin]}, notes)


@pytest.fixture
def visitor(home: Home, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Person]:
    with person(browser, home.url, storage_state=home.state, **request.param) as made:
        made.page.add_init_script(path=AXE)
        yield made
