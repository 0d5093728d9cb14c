"""The page's headers: what may run in it, and who may show it."""

import re

import pytest
from fastapi.testclient import TestClient

from ai_conspects.page.router import POLICY, SCREENS
from tests.security.test_headers import SNAPSHOT, safety

pytestmark = pytest.mark.usefixtures("page_is_built")


@pytest.mark.parametrize("path", [screen.replace("{note_id}", "1") for screen in SCREENS])
def test_the_page_may_run_its_own_scripts_and_nobody_elses(client: TestClient, path: str) -> None:
    assert safety(client.get(path)) == SNAPSHOT | {
        "cache-control": "no-cache",
        "content-security-policy": POLICY,
        "cross-origin-opener-policy": "same-origin",
        "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    }
    assert "unsafe" not in POLICY
    assert "frame-ancestors 'none'" in POLICY


def test_a_part_of_the_page_is_kept_for_ever_and_is_no_page_by_itself(client: TestClient) -> None:
    parts = re.findall(r'"(/assets/[^"]+)"', client.get("/").text)
    for part in (*parts, "/icon.svg"):
        kept = "no-cache" if part == "/icon.svg" else "public, max-age=31536000, immutable"
        assert safety(client.get(part)) == SNAPSHOT | {"cache-control": kept}, part
    assert parts
