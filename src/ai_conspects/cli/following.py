"""The live events of one's recordings, as the command line follows them: over broken connections and ended tokens."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
from rich.console import Console
from rich.text import Text

from ai_conspects.cli.client import ApiError, Client
from ai_conspects.core.clock import elapsed
from ai_conspects.models import FINISHED

PAUSE_S = 2.0

Event = dict[str, Any]


def events(api: Client, batch_id: str | None = None) -> Iterator[Event]:
    """Every event from now on, each once. It goes on after a server's restart; raises `ApiError` where it says no."""
    since: str | None = None
    while True:
        try:
            for event in _heard(api, since, batch_id):
                since = event["id"] or since
                yield event
        except ApiError as error:
            if error.status != httpx.codes.SERVICE_UNAVAILABLE:
                raise
            time.sleep(PAUSE_S)
        except httpx.TransportError:
            time.sleep(PAUSE_S)
        api.log_in()


def end_of(api: Client, batch_id: str, event: Event) -> str | None:
    """How the batch ended, if this event says so; with the first event it is asked whether it had ended before."""
    if event["type"] == "hello":
        status: str = api.status(batch_id)["status"]
        return status if status in FINISHED else None
    return {"batch.finished": event["data"].get("status"), "batch.deleted": "deleted"}.get(event["type"])


def show(console: Console, event: Event) -> None:
    """What happened, in a line; a step that only goes on, and a greeting, are not worth one."""
    said = _words(event["type"], event["data"])
    if said is not None:
        console.print(Text.assemble((f"{event['at'][11:19]}  ", "dim"), said))


def _heard(api: Client, since: str | None, batch_id: str | None) -> Iterator[Event]:
    with api.streamed("/events", since=since, batch_id=batch_id) as response:
        for line in response.iter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:"))


def _words(kind: str, data: Event) -> Text | None:
    match kind:
        case "recording.step" if data["status"] != "running" or data["progress"] == 0:
            failed = f": {data['error']['message']}" if data["error"] else ""
            return Text(f"{data['recording_id']}  {data['step']} {data['status']}{failed}", "red" if failed else "")
        case "recording.segments" if data["is_saved"]:
            lines = [f"{elapsed(one['start'] or 0)}  {one['text']}" for one in data["segments"]]
            return Text("\n          ".join(lines), "italic") if lines else None
        case "batch.progress":
            return Text(f"{data['batch_id']}  {data['progress_percentage']}%", "dim")
        case "batch.finished":
            return Text(f"{data['batch_id']}  {data['status']}", "bold")
        case "note.created":
            return Text.assemble("note  ", (data["title"], "bold"), f"  {data['note_id']}")
        case "batch.deleted" | "recording.deleted":
            return Text(f"{data.get('recording_id') or data['batch_id']}  deleted")
        case "reset":
            return Text("Something was missed; read the notes again.", "yellow")
    return None
