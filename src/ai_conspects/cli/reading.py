"""`notes` and `search`: what there is, and where a thing was said."""

import json
from typing import Any

from rich.console import Console
from rich.text import Text

from ai_conspects.cli.client import Client
from ai_conspects.cli.showing import marked, show_note
from ai_conspects.core.clock import elapsed


def list_notes(api: Client, console: Console, *, limit: int, as_json: bool, **filters: Any) -> bool:
    """Print the newest notes; whether there are any."""
    notes = api.notes(limit, **filters)
    if as_json:
        print_json(console, notes)
        return bool(notes)
    for note in notes:
        star = "★ " if note["is_favorite"] else ""
        console.print(Text(star + note["title"], style="" if note["is_read"] else "bold"))
        tags = ", ".join(tag["name"] for tag in note["tags"][:4])
        about = " · ".join(part for part in (note["id"], note["created_at"][:10], tags) if part)
        console.print(Text(f"  {about}", style="dim"))
    if not notes:
        console.print(Text("No notes."))
    return bool(notes)


def read_note(api: Client, console: Console, note_id: str, *, as_json: bool) -> None:
    """Print one note, whole."""
    note = api.note(note_id)
    if as_json:
        print_json(console, note)
    else:
        show_note(console, note)


def search(api: Client, console: Console, query: str, *, limit: int, as_json: bool, **filters: Any) -> bool:
    """Print the hits, best first; whether there are any."""
    hits = api.search(query, limit, **filters)
    if as_json:
        print_json(console, hits)
        return bool(hits)
    for number, hit in enumerate(hits, start=1):
        note = hit["note"]
        place = "" if hit["start"] is None else f" · at {elapsed(hit['start'])}"
        console.print(Text.assemble((f"{number:2d}. ", "dim"), (note["title"], "bold"), (place, "cyan")))
        console.print(Text.assemble("    ", marked(hit["snippet"])))
        console.print(Text(f"    {note['id']}", style="dim"))
    if not hits:
        console.print(Text("Nothing found."))
    return bool(hits)


def print_json(console: Console, value: Any) -> None:
    """The API's own answer, for other programs: indented, nothing cut, no colours off a terminal."""
    console.print_json(json.dumps(value, ensure_ascii=False))
