"""The page's files over HTTP: kept for ever where they can be, compressed, and nothing else in their place."""

import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ai_conspects.page import router as page
from ai_conspects.page.files import found

pytestmark = pytest.mark.usefixtures("page_is_built")


@pytest.fixture
def served() -> TestClient:
    app = FastAPI()
    app.include_router(page.router(found()))
    return TestClient(app)


def parts_of(client: TestClient) -> list[str]:
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', client.get("/").text)


def test_every_screens_address_gives_the_index_under_a_strict_policy(served: TestClient) -> None:
    for path in ("/", "/record", "/ask", "/graph", "/settings", "/note/01a20e2d-8577-7cdb-aa72-85d9b39be4e9"):
        answer = served.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "require-trusted-types-for 'script'" in policy


def test_the_index_holds_no_script_of_its_own(served: TestClient) -> None:
    assert re.findall(r"<script(?![^>]* src=)|<style| style=| on\w+=", served.get("/").text) == []


def test_parts_are_kept_for_a_year_for_their_names_change_with_them(served: TestClient) -> None:
    parts = parts_of(served)
    assert len(parts) >= 2
    for part in parts:
        answer = served.get(part)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"].split(";")[0] in {"text/javascript", "text/css"}


def test_text_comes_compressed_as_the_client_takes_it(served: TestClient) -> None:
    part = parts_of(served)[0]
    plain = served.get(part, headers={"Accept-Encoding": "identity"})
    zipped = served.get(part, headers={"Accept-Encoding": "gzip;q=0.8"})
    brotli = served.get(part, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert "content-encoding" not in plain.headers
    assert (zipped.headers["content-encoding"], zipped.text) == ("gzip", plain.text)
    assert brotli.headers["content-encoding"] == "br"
    assert int(brotli.headers["content-length"]) < len(gzip.compress(plain.content))


def test_an_index_that_has_not_changed_is_not_sent_again(served: TestClient) -> None:
    first = served.get("/")
    assert served.get("/", headers={"If-None-Match": first.headers["etag"]}).status_code == 304


def test_a_part_that_is_not_there_is_a_404_and_never_the_index(served: TestClient) -> None:
    for path in ("/assets/index-old.js", "/assets/..%2Findex.html", "/assets/.vite", "/nothing", "/.sources"):
        answer = served.get(path)
        assert (answer.status_code, "<html" in answer.text) == (404, False), path


def test_a_server_without_the_page_says_how_to_have_it(tmp_path: Path) -> None:
    app = FastAPI()
    app.include_router(page.router(found(tmp_path)))
    answer = TestClient(app).get("/")
    assert answer.status_code == 404
    assert "SKIP_WEB=1" in answer.text


def test_the_api_serves_the_page_with_the_headers_of_both(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert client.get("/v1/health/live").headers["content-security-policy"].startswith("default-src 'none'; frame")
