"""People in front of the page: each has a browser profile, and nothing that goes wrong in it stays unseen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "screenshots"
"""Build output: looked at, never committed."""
expect.set_options(timeout=20_000)
Json = dict[str, Any]
IN_THIS_BROWSER = """() => new Promise(done => {
  const asked = indexedDB.open('ai-conspects')
  asked.onsuccess = () => {
    const items = asked.result.transaction('items').objectStore('items').getAll()
    items.onsuccess = () => { asked.result.close(); done(items.result) }
  }
})"""


@dataclass
class Person:
    """The console's `errors` (its warnings, too) and requests elsewhere (`outside`) gather while they look around."""

    url: str
    context: BrowserContext
    page: Page
    errors: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note what this tab complains of."""
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("dialog", self._alerted)
        page.on("request", self._asked)

    def new_tab(self) -> Page:
        """A tab instead of the one that is gone."""
        self.page = self.context.new_page()
        self.watch(self.page)
        return self.page

    def visit(self, path: str = "/") -> Page:
        """The page at this address, let in."""
        self.page.goto(f"{self.url}{path}")
        expect(self.page.locator("h1").first).to_be_visible()
        return self.page

    def kept(self, key: str) -> Json:
        """What the page keeps in this browser's storage under that name."""
        found: Json = self.page.evaluate("key => JSON.parse(localStorage.getItem(key))", f"ai-conspects.{key}")
        return found

    def api(self) -> httpx.Client:
        """The public API, as the same person."""
        headers = {"Authorization": f"Bearer {self.kept('tokens')['access_token']}"}
        return httpx.Client(base_url=f"{self.url}/v1", headers=headers, timeout=30, trust_env=False)

    def shoot(self, name: str) -> None:
        """A screenshot among the build's output."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png")

    def _said(self, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.errors.append(f"{said.text} ({said.location.get('url')})")

    def _alerted(self, dialog: Dialog) -> None:
        self.errors.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, request: Any) -> None:
        if not re.match(rf"(data|blob|about|chrome):|{re.escape(self.url)}(/|$)", request.url):
            self.outside.append(request.url)


def settled(visitor: Person, path: str) -> Page:
    """The screen once everything that it asked for has come."""
    page = visitor.visit(path)
    page.wait_for_load_state("networkidle")
    return page


def kept_here(page: Page) -> list[Json]:
    """The recordings that this browser still holds."""
    found: list[Json] = page.evaluate(IN_THIS_BROWSER)
    return found


def broken(page: Page) -> dict[str, list[str]]:
    """What axe objects to in what is shown now: its rule, and where."""
    found = page.evaluate("() => axe.run().then(({ violations }) => violations)")
    return {one["id"]: [node["html"][:150] for node in one["nodes"][:3]] for one in found}


@contextmanager
def person(browser: Browser, url: str, **options: Any) -> Iterator[Person]:
    """Somebody with a fresh browser. At the end nothing may have been complained of, or fetched from elsewhere."""
    context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
    context.grant_permissions(["microphone"], origin=url)
    page = context.new_page()
    made = Person(url, context, page)
    made.watch(page)
    try:
        yield made
    finally:
        context.close()
    assert not made.errors, made.errors
    assert not made.outside, made.outside
