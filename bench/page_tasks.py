"""The longest tasks of the page's main thread over three hours of speech and three hundred notes.

`python -m bench.page_tasks`. A task over 50 ms is felt as a stutter. What is counted is the thread's own time on the
processor, which is longer on a slower machine: a fixed piece of script tells how fast this one is.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.faults.site import site
from tests.page.chromium import ARGUMENTS, chromium
from tests.page.people import Person, person
from tests.page.test_long import LAST, THROUGH, drawing, explored, with_hours

FELT_MS = 50
FIXED = """() => {
  let sum = 0
  for (let turn = 0; turn < 2e7; turn += 1) sum += turn % 7
  return sum
}"""


def main() -> None:
    """Print the longest task of each."""
    with site() as server, sync_playwright() as playwright:
        server.start("worker-audio", "worker-other", "worker-sweeper")
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        with person(browser, server.url, locale="ru-RU") as owner:
            owner.visit()
            owner.visit(f"/note/{with_hours(owner)}")
            transcript(browser, owner)
        with person(browser, server.url, viewport={"width": 390, "height": 844}) as owner:
            owner.visit()
            graph(browser, owner)
        browser.close()


def transcript(browser: Browser, owner: Person) -> None:
    """Scrolling through, and searching."""
    page = owner.page
    expect(page.locator(".frame ol").first).to_be_visible()
    with told(browser, page, "twenty million turns of a loop"):
        page.evaluate(FIXED)
    with told(browser, page, "scrolling through three hours"):
        page.evaluate(THROUGH)
    page.get_by_label("Найти в расшифровке").focus()
    with told(browser, page, "searching in three hours"):
        page.keyboard.type("арахис", delay=30)
        expect(page.get_by_text(LAST).last).to_be_in_viewport()


def graph(browser: Browser, owner: Person) -> None:
    """Drawing three hundred notes, moving them and reading about one."""
    page = owner.page
    page.route("**/v1/graph?*", lambda route: route.fulfill(json=drawing(300, 900)))
    with told(browser, page, "a graph of three hundred notes"):
        explored(owner)


@contextmanager
def told(browser: Browser, page: Page, what: str) -> Iterator[None]:
    """Trace what is done meanwhile, and print its longest task."""
    browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    yield
    events = json.loads(browser.stop_tracing())["traceEvents"]
    mains = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    tasks = [
        one["tdur"] / 1000
        for one in events
        if one["name"].endswith("RunTask") and (one["pid"], one["tid"]) in mains and "tdur" in one
    ]
    felt = sum(one > FELT_MS for one in tasks)
    print(f"{what:34} longest task {max(tasks):6.1f} ms, {felt} over {FELT_MS} ms of {len(tasks):,}")


if __name__ == "__main__":
    main()
