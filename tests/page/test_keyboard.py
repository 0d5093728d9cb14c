"""The whole page without a pointer: every step by keys alone, the focus seen, in a sane order and never lost."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import FileChooser, Page, expect

from tests.audio import tone
from tests.e2e.waiting import until
from tests.page.home import Home
from tests.page.people import Person, broken, kept_here, settled

pytestmark = [pytest.mark.timeout(240), pytest.mark.parametrize("visitor", [{}], indirect=True)]

FOCUSED = """() => {
  const one = document.activeElement
  const style = getComputedStyle(one.closest('.wave') ?? one)
  const dot = one.querySelector('circle')
  const ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
  return {
    name: one.getAttribute('aria-label') || one.labels?.[0]?.innerText || one.placeholder || one.textContent.trim(),
    tag: one.tagName,
    seen: ringed || (dot !== null && parseFloat(getComputedStyle(dot).strokeWidth) >= 4),
    inDialog: one.closest('dialog') !== null,
    page: one !== document.body && one.closest('dialog') === null,
  }
}"""


def focused(page: Page) -> dict[str, object]:
    found: dict[str, object] = page.evaluate(FOCUSED)
    return found


def tab_to(page: Page, name: str, most: int = 60) -> None:
    """Press Tab until that is focused; on the way, whatever is focused must be seen to be."""
    for _ in range(most):
        page.keyboard.press("Tab")
        now = focused(page)
        if now["tag"] != "BODY":  # behind the last one comes the browser's own bar
            assert now["seen"], now
        if re.search(name, str(now["name"])):
            return
    raise AssertionError(f"{name} is not reached by Tab")


def test_one_journey_without_a_pointer(visitor: Person, home: Home, tmp_path: Path) -> None:
    (tmp_path / "by keys.wav").write_bytes(tone(2.0))
    chosen: list[FileChooser] = []
    visitor.page.on("filechooser", lambda one: chosen.append(one))  # asked with the key, it may be late
    page = settled(visitor, "/")
    page.keyboard.press("Tab")
    assert focused(page)["name"] == "Skip to the content"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "content"

    tab_to(page, "^Upload$")
    page.keyboard.press("Enter")
    until(lambda: page.title() != "" and chosen != [], 30)
    chosen[0].set_files(tmp_path / "by keys.wav")
    expect(page.get_by_text("by keys.wav").first).to_be_visible()

    page.keyboard.press("r")
    expect(page.get_by_role("heading", name="Record")).to_be_visible()
    tab_to(page, "Start recording")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop and save")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start recording")).to_be_focused()

    page.keyboard.press("g")
    page.keyboard.press("l")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("fellow american")
    expect(page.locator("mark").first).to_be_visible()
    tab_to(page, "and all my fellow american")
    page.keyboard.press("Enter")
    expect(page.locator(".prose .cite").first).to_be_visible()
    assert page.evaluate("() => document.activeElement.id") == "content"

    tab_to(page, "^Source 1: play")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    tab_to(page, "^Position$")
    page.keyboard.press("ArrowRight")
    tab_to(page, "^Download$")
    until(lambda: kept_here(page) == [], 60)
    with visitor.api() as api:  # the other tests' screens are without them
        for batch in api.get("/batches").json()["items"]:
            if batch["batch_id"] not in home.notes:
                api.delete(f"/batches/{batch['batch_id']}").raise_for_status()


def test_a_note_is_edited_by_keys_and_every_dialog_gives_the_focus_back(visitor: Person, home: Home) -> None:
    page = settled(visitor, home.screens["note"])
    tab_to(page, "^Edit$")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Title")).to_be_focused()
    assert broken(page) == {}
    tab_to(page, "^Tags, separated")
    page.keyboard.press("End")
    page.keyboard.type(", by keys")
    tab_to(page, "^Save$")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="by keys")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()

    for opener in ("^Write anew$", "^Delete$"):
        tab_to(page, opener)
        is_kept_in_a_dialog(page)
        assert re.search(opener, str(focused(page)["name"]))


def is_kept_in_a_dialog(page: Page) -> None:
    """What Enter opens holds the focus, is without fault to axe, and Escape closes it."""
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert focused(page)["inDialog"]
    assert broken(page) == {}
    for _ in range(8):
        page.keyboard.press("Tab")
        assert not focused(page)["page"], "the focus has left the dialog"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_questions_the_graph_and_the_settings_by_keys(visitor: Person, home: Home) -> None:
    page = settled(visitor, "/")
    page.keyboard.press("g")
    page.keyboard.press("a")
    tab_to(page, "What do you want to know")
    page.keyboard.type("Как лечат переобучение?")
    tab_to(page, "^Ask$")
    page.keyboard.press("Enter")
    expect(page.locator(".cites a").first).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_disabled()

    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("g")
    page.keyboard.press("g")
    expect(page.locator("circle").first).to_be_visible()
    page.keyboard.press("j")  # through the notes of the picture
    assert focused(page)["seen"]
    expect(page.locator(".about a").first).to_be_visible()
    page.keyboard.press("Shift+Slash")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert broken(page) == {}
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert focused(page)["tag"] == "a"

    page = settled(visitor, "/settings")
    for opener in ("^Make a new code$", "^Show all keys$", "^Delete everything$"):
        tab_to(page, opener)
        is_kept_in_a_dialog(page)
        assert re.search(opener, str(focused(page)["name"]))
