"""Progress of a batch, one line a recording: its steps, and a bar for the one that runs."""

import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from ai_conspects.cli.running import Connection
from ai_conspects.models import FINISHED, StepName

POLL_S = 0.4
STEPS = list(StepName)


def watch(console: Console, server: Connection, batch_id: str) -> dict[str, Any]:
    """Follow the batch to its end, and return its last status. Off a terminal each step is a line."""
    show = _bars if console.is_terminal else _lines
    *_, last = show(console, _statuses(server, batch_id))
    return last


def _statuses(server: Connection, batch_id: str) -> Iterator[dict[str, Any]]:
    """What the server says, a few times a second, until the batch has ended."""
    while True:
        now = server.api.status(batch_id)
        yield now
        if now["status"] in FINISHED:
            return
        server.tend()
        time.sleep(POLL_S)


def _bars(console: Console, statuses: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    columns = (
        TextColumn("{task.fields[filename]}"),
        TextColumn("{task.fields[dots]}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
    )
    bars: dict[str, TaskID] = {}
    with Progress(*columns, console=console) as progress:
        for now in statuses:
            for recording in now["recordings"]:
                shown = _shown(recording)
                if recording["id"] not in bars:
                    bars[recording["id"]] = progress.add_task(total=100, **shown)
                progress.update(bars[recording["id"]], **shown)
            yield now


def _lines(console: Console, statuses: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen: dict[str, str] = {}
    for now in statuses:
        for recording in now["recordings"]:
            shown = _shown(recording)["description"]
            if seen.get(recording["id"]) != shown:
                seen[recording["id"]] = shown
                console.print(f"  {recording['progress']:3d}% {recording['filename']}: {shown}")
        yield now


def _shown(recording: dict[str, Any]) -> dict[str, Any]:
    step, state = recording["step"], recording["status"]
    done = len(STEPS) if state == "completed" else STEPS.index(step) if step in STEPS else 0
    return {
        "filename": recording["filename"],
        "dots": "[green]" + "●" * done + "[/][dim]" + "○" * (len(STEPS) - done) + "[/]",
        "completed": 100 if state == "completed" else recording["progress"],
        "description": f"[red]{state}: {step}[/]" if state == "failed" else "done" if state == "completed" else step,
    }
