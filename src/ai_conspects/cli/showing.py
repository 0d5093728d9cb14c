"""Notes and answers as a person reads them on a terminal. What was said is only ever shown, never taken as markup."""

import html
import re
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ai_conspects.core.clock import elapsed


def show_results(console: Console, results: dict[str, Any]) -> None:
    """Every note of a batch, then how the notes belong together, then what failed."""
    for note in results["notes"]:
        show_note(console, note)
    _show_relationships(console, results)
    _show_notices(console, results["recordings"])
    for error in results["errors"]:
        console.print(Text(f"✗ {error['filename']}: {error['message']}", style="red"))


def show_note(console: Console, note: dict[str, Any]) -> None:
    """Title, summary, tags, content with its citations, sources."""
    facts = note["metadata"]
    console.print(Panel(Text(note["title"], style="bold"), expand=True, border_style="blue"))
    console.print(
        Text(
            f"{note['language']} · {facts['complexity_level']} · {facts['reading_time']} min · "
            f"confidence {_share(facts['confidence'])} · covers {_share(facts['coverage'])} of the speech · "
            f"by {facts['engine']}",
            style="dim",
        )
    )
    if note["summary"]:
        console.print(Text.assemble(("Summary  ", "bold"), note["summary"]))
    if note["tags"]:
        console.print(Text.assemble(("Tags  ", "bold"), ", ".join(_tag(tag) for tag in note["tags"])))
    console.print(Markdown(note["content"]))
    _show_citations(console, note["citations"])
    console.print(Text("Sources  none" if not note["sources"] else "Sources", style="bold"))
    for source in note["sources"]:
        console.print(Text(f"  {source['title']} <{source['url']}> ({_share(source['relevance'])})"))
    console.print()


def show_answer(console: Console, question: str | None, answer: dict[str, Any]) -> None:
    """A question (unless it stands there already), its answer, and what each number in it stands on."""
    said = answer["response"]
    if question is not None:
        console.print(Text.assemble(("Question  ", "bold"), question))
    console.print(Text(said["message"]))
    for one in said["citations"]:
        place = "" if one["start"] is None else f" at {elapsed(one['start'])}"
        console.print(Text(f"  [{one['position']}] {one['title']}{place}: “{one['quote']}”", style="dim"))
    console.print(Text(f"confidence {_share(said['confidence'])}, by {said['engine']}", style="dim"))


def marked(snippet: str) -> Text:
    """A hit's words, with what was looked for between `<mark>` and `</mark>` made to stand out."""
    parts = re.split(r"</?mark>", snippet)
    return Text.assemble(*((html.unescape(part), "bold yellow" if at % 2 else "") for at, part in enumerate(parts)))


def _show_citations(console: Console, citations: list[dict[str, Any]]) -> None:
    table = Table(box=None, show_header=False, padding=(0, 1))
    for one in citations:
        place = "" if one["start"] is None else f"{elapsed(one['start'])}–{elapsed(one['end'])}"
        table.add_row(Text(f"[{one['position']}]"), Text(place), Text(one["quote"]))
    console.print(table, style="dim")


def _show_notices(console: Console, recordings: list[dict[str, Any]]) -> None:
    """What the reader must know of the results, each said once."""
    concerned: dict[str, list[str]] = {}
    for recording in recordings:
        for notice in recording["notices"]:
            concerned.setdefault(notice, []).append(recording["filename"])
    for notice, filenames in concerned.items():
        console.print(Text(f"! {', '.join(filenames)}: {notice}", style="yellow"))


def _show_relationships(console: Console, results: dict[str, Any]) -> None:
    titles = {note["id"]: note["title"] for note in results["notes"]}
    for one in results["relationships"]:
        first, second = (titles.get(one[end], "an earlier note") for end in ("note_1_id", "note_2_id"))
        console.print(
            Text(f"↔ {first} — {second}: {one['relationship_type']}, {_share(one['strength'])}. {one['description']}")
        )
    if not results["relationships"] and len(results["notes"]) > 0:
        console.print(Text("Relations  none strong enough among the notes so far.", style="dim"))


def _tag(tag: dict[str, Any]) -> str:
    return str(tag["name"]) if tag["confidence"] is None else f"{tag['name']} ({_share(tag['confidence'])})"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.0%}"
