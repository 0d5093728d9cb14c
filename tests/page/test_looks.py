"""Every screen, in both themes, from a small phone to a desk: nothing that axe objects to, nothing that sticks out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.recordings import clip
from tests.e2e.waiting import until
from tests.faults.site import Site
from tests.page.people import ROOT, Person, person

pytestmark = pytest.mark.timeout(240)

AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
HOSTILE = '"><img src=//evil.test/x onerror=alert(1)><script>alert(2)</script>'
LECTURES = {
    "Обучение сети": "Нейронная сеть учится на примерах. Обучение нейронной сети идёт методом обратного "
    "распространения ошибки. Градиентный спуск меняет веса в сторону уменьшения ошибки.",
    "Переобучение": "Переобучение нейронной сети лечат регуляризацией и новыми данными. Регуляризация держит веса "
    "малыми. Градиентный спуск с ранней остановкой помогает против переобучения нейронной сети.",
    "Планёрка": "На следующей неделе выходит новая версия. Анна готовит список изменений до среды. Встречу перенесли.",
}


@dataclass
class Home:
    """Somebody's notes, by their recordings' names, and the browser state that opens them."""

    url: str
    state: Any
    notes: dict[str, str]

    @property
    def screens(self) -> dict[str, str]:
        return {
            "library": "/",
            "record": "/record",
            "note": f"/note/{self.notes['speech']}",
            "ask": "/ask",
            "graph": "/graph",
            "graph-list": "/graph?list=1",
            "settings": "/settings",
        }


@pytest.fixture(scope="module")
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
        return Home(server.url, owner.context.storage_state(), notes)


def lecture(recording_id: str, name: str, said: str) -> dict[str, str]:
    cues = [
        f"{at + 1}\n00:00:{at * 6:02},000 --> 00:00:{at * 6 + 6:02},000\n{one}.\n"
        for at, one in enumerate(said.rstrip(".").split(". "))
    ]
    return {"id": recording_id, "filename": f"{name}.srt", "language": "ru", "content": "\n".join(cues)}


def hostile_note() -> dict[str, Any]:
    return {
        "title": HOSTILE,
        "summary": HOSTILE,
        "tags": [HOSTILE[:40], "javascript:alert(3)"],
        "content": f"# {HOSTILE}\n\n{HOSTILE}\n\n![x](http://evil.test/pixel.png) [go](javascript:alert(4)) "
        "<iframe src=//evil.test></iframe>\n\n<style>@import url(//evil.test/x.css)</style>\n\n"
        "| a |\n|---|\n| <svg onload=alert(5)> |\n\n[ok](https://example.org) &lt;b&gt;",
    }


@pytest.fixture
def visitor(home: Home, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Person]:
    with person(browser, home.url, storage_state=home.state, **request.param) as made:
        made.page.add_init_script(path=AXE)
        yield made


def settled(visitor: Person, path: str) -> Page:
    """The screen once everything that it asked for has come."""
    page = visitor.visit(path)
    page.wait_for_load_state("networkidle")
    return page


DESK = {"width": 1280, "height": 800}
TABLET = {"width": 768, "height": 1024}
PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize(
    "visitor",
    [
        {"color_scheme": "light", "viewport": DESK},
        {"color_scheme": "dark", "viewport": DESK, "locale": "ru-RU"},
        {"color_scheme": "light", "viewport": PHONE, "locale": "ru-RU"},
        {"color_scheme": "dark", "viewport": TABLET},
    ],
    indirect=True,
    ids=lambda given: f"{given['color_scheme']}-{given['viewport']['width']}",
)
def test_axe_finds_nothing_on_any_screen(visitor: Person, home: Home, request: pytest.FixtureRequest) -> None:
    found = {}
    for name, path in home.screens.items():
        page = settled(visitor, path)
        visitor.shoot(f"{name}-{request.node.callspec.id}")
        broken = page.evaluate("() => axe.run().then(({ violations }) => violations)")
        if broken:
            found[name] = [(one["id"], [node["html"][:150] for node in one["nodes"][:3]]) for one in broken]
    assert not found, found


@pytest.mark.parametrize("visitor", [{"viewport": {"width": 320, "height": 640}, "locale": "ru-RU"}], indirect=True)
def test_at_320_pixels_as_at_200_per_cent_nothing_sticks_out(visitor: Person, home: Home) -> None:
    wide = {}
    for name, path in {**home.screens, "hostile": f"/note/{home.notes['hostile']}"}.items():
        page = settled(visitor, path)
        visitor.shoot(f"{name}-320")
        width = page.evaluate("() => document.scrollingElement.scrollWidth")
        if width > 320:
            wide[name] = width
    assert wide == {}


@pytest.mark.parametrize("visitor", [{}], indirect=True)
def test_what_means_harm_is_shown_as_text_and_fetches_nothing(visitor: Person, home: Home) -> None:
    page = settled(visitor, f"/note/{home.notes['hostile']}")
    expect(page.locator("h1").first).to_have_text(HOSTILE)
    prose = page.locator(".prose")
    expect(prose).to_contain_text("<script>alert(2)</script>")
    expect(prose.locator("img, script, iframe, style, svg")).to_have_count(0)
    assert prose.locator("a").evaluate_all("all => all.map(one => one.href)") == [
        "http://evil.test/pixel.png",
        "https://example.org/",
    ]
    page = settled(visitor, "/")
    expect(page.get_by_role("heading", name=HOSTILE)).to_be_visible()
    page.get_by_role("searchbox").fill("evil")
    expect(page.locator("mark").first).to_be_visible()
    settled(visitor, "/graph")


@pytest.mark.parametrize("visitor", [{}], indirect=True)
def test_a_key_leads_to_the_search_from_the_first_moment(visitor: Person, home: Home) -> None:
    page = settled(visitor, "/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()


@pytest.mark.parametrize("visitor", [{}], indirect=True)
def test_a_note_is_edited_marked_and_found_in_the_graph(visitor: Person, home: Home) -> None:
    page = settled(visitor, f"/note/{home.notes['lecture-1']}")
    page.get_by_role("button", name="Edit").click()
    page.get_by_label("Title").fill("О переобучении")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", name="О переобучении")).to_be_visible()
    page.get_by_role("button", name="Favourite").click()
    expect(page.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    page.get_by_label("Find in the transcript").fill("нейронной")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    page.get_by_role("link", name="Show in the graph").click()
    expect(page.get_by_role("heading", name="Around “О переобучении”")).to_be_visible()
    expect(page.locator("circle").first).to_be_visible()
    page.get_by_role("link", name="Show as list").click()
    expect(page.get_by_text("strength").first).to_be_visible()
