"""The page takes the API for what it is: its types and the paths that it calls are those of the API's description."""

import re
import subprocess
import sys

import pytest
from fastapi.testclient import TestClient

from tests.page.people import ROOT

CALL = re.compile(r"""(?:api|send|attempt)(?:<[^(]*>)?\(\s*'([A-Z]+)',\s*[`']([^`']*)[`']""")


@pytest.mark.usefixtures("page_is_built")
def test_the_pages_types_are_the_apis(client: TestClient) -> None:
    (ROOT / "web" / "contract" / "openapi.json").write_bytes(client.get("/openapi.json").content)
    command = [sys.executable, str(ROOT / "hatch_build.py"), "contract"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_calls_nothing_but_what_the_api_describes(client: TestClient) -> None:
    described = {
        (method.upper(), re.sub(r"\{\w+\}", "*", path))
        for path, calls in client.get("/openapi.json").json()["paths"].items()
        for method in calls
    }
    called = set()
    for source in [*(ROOT / "web" / "src").rglob("*.ts"), *(ROOT / "web" / "src").rglob("*.svelte")]:
        for method, path in CALL.findall(source.read_text()):
            plain = re.sub(r"\$\{[^}]*\}", "*", path.replace("${path}", "/notes/*").replace("${at}", "/recordings/*"))
            called.add((method, "/v1" + plain.split("?")[0]))
    assert len(called) > 20
    assert called - described == set()
