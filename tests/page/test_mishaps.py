"""What goes wrong in front of the page or is meant ill: networks, tokens, other people, file names, second thoughts."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.audio import tone
from tests.e2e.recordings import clip
from tests.e2e.waiting import until
from tests.faults.site import Site
from tests.page.home import LECTURES, lecture
from tests.page.people import Person, kept_here, person

pytestmark = pytest.mark.timeout(240)

EVIL = "<img src=x onerror=alert(1)>'\"&{}‮gpj.wav"


@pytest.fixture
def somebody(server: Site, browser: Browser) -> Iterator[Person]:
    with person(browser, server.url) as made:
        made.visit()
        yield made


def learned(owner: Person, name: str = "Переобучение") -> str:
    """A note of a lecture, made by the server; its address."""
    with owner.api() as api:
        api.post("/recordings/import", json=lecture("lecture", name, LECTURES[name])).raise_for_status()
        until(lambda: all(one["status"] == "completed" for one in api.get("/batches").json()["items"]), 90)
        return f"/note/{api.get('/notes').json()['items'][0]['id']}"


def only(owner: Person, allowed: str) -> None:
    """A browser's console tells of every request that failed: nothing but those that this test is about."""
    assert [said for said in owner.errors if not re.search(allowed, said)] == []
    owner.errors.clear()


def test_a_closed_laptop_goes_on_when_it_is_opened(somebody: Person, tmp_path: Path) -> None:
    (tmp_path / "train.wav").write_bytes(tone(4.0))
    page = somebody.page
    somebody.context.set_offline(True)
    page.locator("input[type=file]").set_input_files(tmp_path / "train.wav")
    expect(page.get_by_text("Not sent yet.")).to_be_visible()
    expect(page.get_by_text("No connection to the server.").first).to_be_visible()
    lid = somebody.context.new_cdp_session(page)
    lid.send("Page.setWebLifecycleState", {"state": "frozen"})
    with somebody.api() as api:
        api.post("/notes", json={"title": "Meanwhile", "content": "Written while the lid was closed."})
    lid.send("Page.setWebLifecycleState", {"state": "active"})
    assert [item["name"] for item in kept_here(page)] == ["train.wav"]
    somebody.context.set_offline(False)
    until(lambda: kept_here(page) == [], 60)
    expect(page.get_by_text("No connection to the server.")).to_have_count(0)
    with somebody.api() as api:
        assert [one["filename"] for one in api.get("/recordings").json()["items"]] == ["train.wav"]
    page.reload()
    expect(page.get_by_role("heading", name="Meanwhile")).to_be_visible()
    only(somebody, "ERR_INTERNET_DISCONNECTED")


def test_a_session_that_ends_in_mid_upload_is_begun_anew_and_nothing_is_sent_twice(
    somebody: Person, tmp_path: Path
) -> None:
    (tmp_path / "long.wav").write_bytes(tone(300.0))
    page = somebody.page
    api = somebody.api()
    offsets: list[int] = []

    def watched(route: Route) -> None:
        if route.request.method == "PATCH":
            offsets.append(int(route.request.headers["upload-offset"]))
            if len(offsets) == 2:
                api.post("/auth/logout").raise_for_status()
        route.continue_()

    page.route(re.compile("/v1/uploads/"), watched)
    page.locator("input[type=file]").set_input_files(tmp_path / "long.wav")
    until(lambda: kept_here(page) == [] and len(offsets) >= 2, 90)
    with somebody.api() as again:
        assert again.get("/recordings").json()["items"][0]["file_size"] == len(tone(300.0))
    assert offsets.count(0) == 1
    api.close()
    only(somebody, "401")


def test_several_people_on_one_server_see_nothing_of_each_other(
    somebody: Person, server: Site, browser: Browser
) -> None:
    with person(browser, server.url) as other:
        theirs = other.visit()
        note = learned(somebody)
        somebody.page.reload()
        expect(somebody.page.locator("a.note")).to_have_count(1)
        expect(theirs.get_by_text("Record a thought or drop audio files here")).to_be_visible()
        expect(theirs.locator("a.note, section .name")).to_have_count(0)  # nor has an event told of it
        theirs.get_by_role("searchbox").fill("регуляризацией")
        expect(theirs.get_by_text("Nothing found.")).to_be_visible()
        other.visit(note)
        expect(theirs.get_by_role("heading", name="This note is not here.")).to_be_visible()
        only(other, "404")


def test_the_saved_code_brings_a_lost_browsers_notes_back_until_a_new_one_is_made(
    somebody: Person, server: Site, browser: Browser
) -> None:
    with somebody.api() as api:
        api.post("/notes", json={"title": "Only mine", "content": "Nobody else reads this."})
    with somebody.page.expect_download() as saved:
        somebody.page.get_by_role("link", name="Save as a file").click()
    code = Path(saved.value.path()).read_text().strip()
    with person(browser, server.url) as found:
        page = found.visit("/settings")
        page.get_by_label("I have a code").fill(code)
        page.get_by_role("button", name="Open", exact=True).click()
        expect(page.get_by_text("Only mine")).to_be_visible()
        found.visit("/settings")
        page.get_by_role("button", name="Make a new code").click()
        page.get_by_role("dialog").get_by_role("button", name="Make a new code").click()
        expect(page.get_by_label("Your code")).not_to_have_value(code)
    with person(browser, server.url) as late:
        page = late.visit("/settings")
        page.get_by_label("I have a code").fill(code)
        page.get_by_role("button", name="Open", exact=True).click()
        expect(page.get_by_text("This code opens nothing here.")).to_be_visible()
        only(late, "401")
    only(somebody, "401")  # it was logged out, too


def test_a_file_name_that_means_harm_is_a_name(somebody: Person, tmp_path: Path) -> None:
    (tmp_path / EVIL).write_bytes(tone(2.0))
    page = somebody.page
    page.locator("input[type=file]").set_input_files(tmp_path / EVIL)
    expect(page.locator("section .name").first).to_contain_text("<img src=x onerror=alert(1)>")
    until(lambda: kept_here(page) == [], 60)
    expect(page.locator("section .name").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("main img").count() == 0


def test_an_answer_that_is_stopped_gives_the_question_back(somebody: Person) -> None:
    learned(somebody)
    page = somebody.visit("/ask")
    held: list[Route] = []
    page.route("**/v1/chat/query", lambda route: held.append(route))  # it never comes
    ask(page, "Как лечат переобучение?")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("textbox")).to_have_value("Как лечат переобучение?")
    expect(page.locator(".turns li")).to_have_count(0)
    expect(page.get_by_role("alert")).to_have_count(0)
    page.unroute_all()
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".cites a").first).to_be_visible()


def test_where_the_notes_are_silent_the_answer_says_so_and_offers_a_search(somebody: Person) -> None:
    learned(somebody)
    page = somebody.visit("/ask")
    ask(page, "Сколько стоит билет до Марса?")
    expect(page.get_by_text("Об этом в ваших заметках ничего нет.")).to_be_visible()
    expect(page.locator(".cites")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Искать: ")).click()
    expect(page.get_by_role("searchbox")).to_have_value(re.compile("Марса"))


def ask(page: Page, question: str) -> None:
    page.get_by_role("textbox").fill(question)
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_note_that_was_edited_is_written_anew_only_by_its_owners_word(somebody: Person) -> None:
    path = learned(somebody)
    with somebody.api() as api:
        api.patch(f"/notes/{path.split('/')[-1]}", json={"content": "By my own hand."}).raise_for_status()
    page = somebody.visit(path)
    for answer, stands in (("Keep mine", "By my own hand."), ("Take the new one", "Градиентный спуск")):
        page.get_by_role("button", name="Write anew").click()
        page.get_by_role("dialog").get_by_role("button", name="Write anew").click()
        expect(page.get_by_text("There is a newer version of this note.")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name=answer).click()
        expect(page.get_by_text("There is a newer version of this note.")).to_have_count(0)
        expect(page.locator("article .prose").first).to_contain_text(stands)


def test_a_recording_is_heard_again_and_corrections_are_lost_only_by_its_owners_word(somebody: Person) -> None:
    with somebody.api() as api:
        api.post("/recordings", files={"file": ("jfk.m4a", clip())}, data={"id": "jfk", "language": "en"})
        until(lambda: api.get("/recordings/jfk").json()["status"] == "completed", 90)
        segments = api.get("/recordings/jfk/transcript").json()["segments"]
        corrected = {"segments": [{"id": one["id"], "text": "By my own hand."} for one in segments[:1]]}
        api.patch("/recordings/jfk/transcript", json=corrected).raise_for_status()
        until(lambda: api.get("/recordings/jfk").json()["status"] == "completed", 90)
        page = somebody.visit(f"/note/{api.get('/notes').json()['items'][0]['id']}")
    transcript = page.get_by_role("complementary")
    expect(transcript).to_contain_text("By my own hand.")
    page.get_by_role("button", name="Write anew").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Hear the recording again").select_option("English")
    expect(dialog.get_by_text("All notes of the recording are written anew.")).to_be_visible()
    dialog.get_by_role("button", name="Write anew").click()
    expect(dialog.get_by_role("alert")).to_contain_text("You have corrected the transcript")
    dialog.get_by_role("button", name="Write anew").click()
    expect(dialog).to_have_count(0)
    expect(transcript).not_to_contain_text("By my own hand.", timeout=60_000)
    expect(transcript).to_contain_text(segments[0]["text"], timeout=60_000)
    only(somebody, "409")


def test_a_recording_in_a_language_that_no_engine_knows_is_heard_in_another(somebody: Person) -> None:
    with somebody.api() as api:
        api.post("/recordings", files={"file": ("jfk.m4a", clip())}, data={"id": "jfk", "language": "ru"})
        until(lambda: api.get("/recordings/jfk").json()["status"] == "failed", 90)
        page = somebody.visit("/")
        page.get_by_role("group", name="Hear the recording again").get_by_role("button", name="English").click()
        until(lambda: api.get("/recordings/jfk").json()["status"] == "completed", 90)
    expect(page.get_by_role("article").or_(page.locator("main li a")).first).to_be_visible(timeout=30_000)
    expect(page.get_by_role("group", name="Hear the recording again")).to_have_count(0)
