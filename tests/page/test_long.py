"""Three hours of speech and three hundred notes: what the page holds at once stays small.

How long it is busy with them is for `bench.page_tasks` to say.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.waiting import until
from tests.faults.site import Site
from tests.page.people import Person, person

pytestmark = pytest.mark.timeout(240)

HOURS, EVERY_S = 3, 5
SAID = "Сеть учится на примерах, а градиентный спуск меняет её веса в сторону уменьшения ошибки; шаг"
LAST = "Под самый конец прозвучало слово арахис."
ELEMENTS = "() => document.querySelectorAll('*').length"
THROUGH = """async () => {
  const frame = document.querySelector('.frame')
  const scrolls = frame.scrollHeight > frame.clientHeight + 9 ? frame : document.scrollingElement
  let most = 0
  for (let step = 0; step < 150; step += 1) {
    scrolls.scrollTop += scrolls.scrollHeight / 150
    await new Promise(requestAnimationFrame)
    most = Math.max(most, document.querySelectorAll('*').length)
  }
  return most
}"""


@pytest.fixture(scope="module")
def hours(server: Site, browser: Browser) -> Iterator[Person]:
    """Somebody with three hours of lecture."""
    with person(browser, server.url, locale="ru-RU") as owner:
        owner.visit()
        with_hours(owner)
        yield owner


def with_hours(owner: Person) -> str:
    """Import three hours of transcript; the id of the note that was made of them."""
    with owner.api() as api:
        api.post("/recordings/import", json=lecture()).raise_for_status()
        until(lambda: all(one["status"] == "completed" for one in api.get("/batches").json()["items"]), 150)
        return str(api.get("/notes").json()["items"][0]["id"])


def clock(s: int) -> str:
    return f"{s // 3600:02}:{s // 60 % 60:02}:{s % 60:02},000"


def lecture() -> dict[str, str]:
    count = HOURS * 3600 // EVERY_S
    cues = [
        f"{at + 1}\n{clock(at * EVERY_S)} --> {clock((at + 1) * EVERY_S)}\n{SAID} {at}.\n" for at in range(count - 1)
    ]
    end = count * EVERY_S
    cues.append(f"{count}\n{clock(end - EVERY_S)} --> {clock(end)}\n{LAST}\n")
    return {"id": "hours", "filename": "Три часа.srt", "language": "ru", "content": "\n".join(cues)}


@pytest.mark.parametrize("width", [1280, 390])
def test_three_hours_scroll_and_search(hours: Person, width: int) -> None:
    page = hours.page
    page.set_viewport_size({"width": width, "height": 844})
    with hours.api() as api:
        note = api.get("/notes").json()["items"][0]["id"]
    hours.visit(f"/note/{note}")
    expect(page.locator(".frame ol")).to_have_count(54)  # pieces of forty
    assert page.evaluate(THROUGH) < 1_500  # of some 13,000 that three hours would be

    find = page.get_by_label("Найти в расшифровке")
    find.focus()
    page.keyboard.type("арахис", delay=30)
    expect(page.get_by_text("1 из 1", exact=True)).to_be_visible()
    expect(page.get_by_text(LAST).last).to_be_in_viewport()
    find.fill("шаг 7")
    expect(page.get_by_text("шаг 7.").last).to_be_in_viewport()
    for number in ("70", "71"):
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"шаг {number}.").last).to_be_in_viewport()
    assert page.evaluate(ELEMENTS) < 1_500


def test_three_hundred_notes_are_drawn_moved_and_explained(server: Site, browser: Browser) -> None:
    with person(browser, server.url, viewport={"width": 390, "height": 844}) as owner:
        page = owner.visit()
        page.route("**/v1/graph?*", lambda route: route.fulfill(json=drawing(300, 900)))
        explored(owner)
        page.get_by_role("button", name="Closer").click()
        sizes = page.locator("a.named text").evaluate_all("all => all.map(one => one.getBoundingClientRect())")
        assert len(sizes) >= 5
        assert min(size["height"] for size in sizes) >= 12  # as large as any other text of a phone's page


def explored(owner: Person) -> None:
    """Open the graph of three hundred notes, move it, and read about one of them."""
    owner.visit("/graph")
    page = owner.page
    expect(page.locator("circle")).to_have_count(300)
    page.mouse.move(200, 400)
    page.mouse.down()
    page.mouse.move(120, 380, steps=12)
    page.mouse.up()
    page.locator("svg a").nth(150).focus()
    expect(page.locator(".about p").first).to_be_visible()


def drawing(notes: int, edges: int) -> dict[str, object]:
    """A graph as the server tells it: each note is tied to its neighbours and to some far away."""
    ids = [f"00000000-0000-7000-8000-{at:012}" for at in range(notes)]
    at = "2026-01-01T00:00:00Z"
    node = {"summary": None, "created_at": at, "is_favorite": False, "distance": 1}
    edge = {"relationship_type": "related", "from_note_id": None, "strength": 0.5, "description": "Both are about it."}
    ties = [(one % notes, (one * (1 + one // notes) + 1 + one // notes) % notes) for one in range(edges)]
    return {
        "nodes": [{"id": one, "title": f"Note number {place}", **node} for place, one in enumerate(ids)],
        "edges": [
            {"id": str(place), "note_1_id": ids[a], "note_2_id": ids[b], **edge}
            for place, (a, b) in enumerate(ties)
            if a != b
        ],
        "is_partial": False,
    }
