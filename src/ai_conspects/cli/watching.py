"""Progress of a batch, one line a recording: its steps, and a bar for the one that runs."""

import time
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

FINISHED = {"completed", "partial", "failed", "cancelled"}
POLL_S = 0.4
STEPS = (
    "audio_upload",
    "transcription",
    "content_analysis",
    "research_augmentation",
    "note_generation",
    "relationship_mapping",
)


def watch(console: Console, status: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Follow the batch to its end, and return its last status. Off a terminal each step is a line."""
    return _bars(console, status) if console.is_terminal else _lines(console, status)


def _bars(console: Console, status: Callable[[], dict[str, Any]]) -> dict[str, Any]:
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
        while True:
            now = status()
            for recording in now["recordings"]:
                shown = _shown(recording)
                if recording["id"] not in bars:
                    bars[recording["id"]] = progress.add_task(total=100, **shown)
                progress.update(bars[recording["id"]], **shown)
            if now["status"] in FINISHED:
                return now
            time.sleep(POLL_S)


def _shown(recording: dict[str, Any]) -> dict[str, Any]:
    step, state = recording["step"], recording["status"]
    done = len(STEPS) if state == "completed" else STEPS.index(step) if step in STEPS else 0
    return {
        "filename": recording["filename"],
        "dots": "[green]" + "●" * done + "[/][dim]" + "○" * (len(STEPS) - done) + "[/]",
        "completed": 100 if state == "completed" else recording["progress"],
        "description": f"[red]{state}: {step}[/]" if state == "failed" else "done" if state == "completed" else step,
    }


def _lines(console: Console, status: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    seen: dict[str, str] = {}
    while True:
        now = status()
        for recording in now["recordings"]:
            shown = _shown(recording)["description"]
            if seen.get(recording["id"]) != shown:
                seen[recording["id"]] = shown
                console.print(f"  {recording['progress']:3d}% {recording['filename']}: {shown}")
        if now["status"] in FINISHED:
            return now
        time.sleep(POLL_S)
