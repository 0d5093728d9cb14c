"""Debian's Chromium: found, or installed where that can be done; else the tests that need it say so and are skipped."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import gettempdir

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-inter", "fonts-noto-core")
"""The fonts are for screenshots: without them a bare machine shows letters that nobody chose."""
ARGUMENTS = ["--autoplay-policy=no-user-gesture-required"] + (["--no-sandbox"] if os.geteuid() == 0 else [])


def chromium() -> str:
    """Its path. Skips the test, loudly, where there is none and none can be installed."""
    with Path(gettempdir(), "ai-conspects-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test workers must not both install it
        why = "" if _found() else _install()
        found = _found()
    if found is None:
        told = f"NO BROWSER: the web page was not tested ({why}). Install Chromium (Debian: apt install chromium)."
        pytest.skip(told)
    return found


def _found() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _install() -> str:
    """By apt, where that can be done; else why it can't."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return "only root can install it, by apt-get"
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    said = ""
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        try:
            done = subprocess.run(
                ["apt-get", "-q", *command], env=env, check=False, timeout=280, capture_output=True, text=True
            )
        except subprocess.TimeoutExpired:
            return f"apt-get {command[0]} took too long"
        said = (done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2]
    return said
