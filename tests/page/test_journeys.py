"""Whole journeys through the page in a real browser, over real workers, and what may break meanwhile."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.audio import tone
from tests.e2e.waiting import until
from tests.faults.site import Site
from tests.page.people import Person, kept_here, person

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def somebody(server: Site, browser: Browser) -> Iterator[Person]:
    with person(browser, server.url) as made:
        yield made


def test_the_first_visit_asks_for_nothing_and_shows_a_way_back_once(somebody: Person) -> None:
    page = somebody.visit()
    expect(page.get_by_role("heading", name="Notes", exact=True)).to_be_visible()
    expect(page.get_by_text("Record a thought or drop audio files here")).to_be_visible()
    code = page.get_by_label("Your code").input_value()
    assert re.fullmatch(r"web-[\w-]+\.[\w-]{43}", code)
    somebody.shoot("first-visit")
    page.get_by_role("button", name="I have kept it").click()
    page.reload()
    expect(page.get_by_text("Record a thought or drop audio files here")).to_be_visible()
    expect(page.get_by_label("Your code")).to_have_count(0)


def test_the_code_opens_the_same_notes_in_another_browser(somebody: Person, server: Site, browser: Browser) -> None:
    page = somebody.visit()
    code = page.get_by_label("Your code").input_value()
    with somebody.api() as api:
        api.post("/notes", json={"title": "Only mine", "content": "Nobody else reads this."})
    page.reload()
    expect(page.get_by_text("Only mine")).to_be_visible()
    with person(browser, server.url) as other:
        there = other.visit()
        expect(there.get_by_text("Record a thought")).to_be_visible()
        expect(there.get_by_text("Only mine")).to_have_count(0)
        there.goto(f"{server.url}/settings")
        there.get_by_label("I have a code").fill(code)
        there.get_by_role("button", name="Open").click()
        expect(there.get_by_text("Only mine")).to_be_visible()
        expect(there.get_by_label("Your code")).to_have_count(0)


def test_a_russian_browser_gets_a_russian_page_and_can_change_it(server: Site, browser: Browser) -> None:
    with person(browser, server.url, locale="ru-RU") as reader:
        page = reader.visit()
        expect(page.get_by_role("heading", name="Заметки")).to_be_visible()
        assert page.evaluate("() => document.documentElement.lang") == "ru"
        page.goto(f"{server.url}/settings")
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_what_is_spoken_becomes_a_note_whose_sentences_play_and_an_answer_that_cites_it(somebody: Person) -> None:
    page = somebody.visit("/record")
    page.get_by_label("Language of the recordings").select_option("en")
    page.get_by_role("button", name="Start recording").click()
    until(lambda: int(str((kept_here(page) or [{"chunks": 0}])[0]["chunks"])) >= 12, 40)
    somebody.shoot("record")
    page.get_by_role("button", name="Stop and save").click()
    page.get_by_role("link", name="Notes", exact=True).click()
    expect(page.locator("a.note").first).to_be_visible(timeout=120_000)
    assert kept_here(page) == []

    page.locator("a.note").first.click()
    page.locator(".prose .cite").last.click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    until(lambda: float(page.get_by_label("Position").input_value()) > 1, 20)
    assert page.get_by_role("link", name="Download").get_attribute("href")
    somebody.shoot("note")

    page.get_by_role("link", name="Ask").click()
    page.get_by_role("textbox").fill("What can you do for your country?")
    page.keyboard.press("Enter")
    expect(page.locator(".cites a").first).to_be_visible()
    somebody.shoot("ask")
    page.get_by_role("button", name=re.compile("^Keep")).click()
    expect(page.get_by_role("link", name="Kept as a note")).to_be_visible()
    page.locator(".prose .cite").first.click()
    expect(page).to_have_url(re.compile(r"/note/.+\?t="))
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_recording_outlives_its_killed_tab(somebody: Person) -> None:
    page = somebody.visit("/record")
    page.get_by_role("button", name="Start recording").click()
    until(lambda: int(str((kept_here(page) or [{"chunks": 0}])[0]["chunks"])) >= 3, 40)
    page.close(run_before_unload=False)

    page = somebody.new_tab()
    somebody.visit("/record")
    expect(page.get_by_text("A recording was cut off")).to_be_visible()
    (item,) = kept_here(page)
    page.get_by_role("button", name="Save", exact=True).click()
    with somebody.api() as api:
        until(lambda: api.get(f"/recordings/{item['id']}").status_code == 200, 60)
        until(lambda: api.get(f"/recordings/{item['id']}").json()["format"] == "matroska", 60)
        assert api.get(f"/recordings/{item['id']}").json()["duration"] >= 2.5
    until(lambda: kept_here(page) == [], 60)


def test_an_upload_goes_on_where_it_was_when_the_server_dies_in_its_middle(
    somebody: Person, server: Site, tmp_path: Path
) -> None:
    (tmp_path / "long.wav").write_bytes(tone(300.0))
    page = somebody.visit("/record")
    page.get_by_label("Language of the recordings").select_option("ru")  # which the offline engine refuses at once
    somebody.visit()
    offsets: list[int] = []

    def watched(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
            if len(offsets) == 2:
                server.kill("api")
        route.continue_()

    page.route(re.compile("/v1/uploads/"), watched)
    page.locator("input[type=file]").set_input_files(tmp_path / "long.wav")
    expect(page.get_by_text("Not sent yet.")).to_be_visible()
    assert [item["name"] for item in kept_here(page)] == ["long.wav"]
    server.start("api")
    until(lambda: kept_here(page) == [], 90)
    with somebody.api() as api:
        assert api.get("/recordings").json()["items"][0]["file_size"] == len(tone(300.0))
    assert offsets[0] == 0
    assert max(offsets) > 0
    assert offsets.count(0) == 1  # nothing that had been counted was sent again
    somebody.errors.clear()  # a browser's console tells of every refused connection
