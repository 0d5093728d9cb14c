"""The page's own checks, which need Node: its logic by vitest, its types by svelte-check."""

import subprocess
import sys

import pytest

from tests.page.people import ROOT

pytestmark = pytest.mark.usefixtures("page_is_built")


@pytest.mark.parametrize("script", ["test", "check"])
def test_the_page_passes_its_own(script: str) -> None:
    command = [sys.executable, str(ROOT / "hatch_build.py"), script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
