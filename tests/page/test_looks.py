"""Every screen, in both themes, from a small phone to a desk: nothing that axe objects to, nothing that sticks out."""

import pytest
from playwright.sync_api import expect

from tests.page.home import HOSTILE, Home
from tests.page.people import Person, broken, settled

pytestmark = pytest.mark.timeout(240)

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
        if faults := broken(page):
            found[name] = faults
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
