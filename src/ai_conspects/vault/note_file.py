"""A note as a Markdown file with front matter, and back.

The note's own words stand before a marker, verbatim; what the server adds for readers (quotes with times, sources,
links to other notes) stands after it and is left out when the file is read.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ai_conspects.core.clock import elapsed, rfc3339
from ai_conspects.models import Citation, Source
from ai_conspects.notes.repository import WholeNote
from ai_conspects.text.markdown import escape
from ai_conspects.vault import front_matter
from ai_conspects.vault.naming import safe

MARKER = "%% ai-conspects: what follows is added for readers, and left out by an import %%"

_IN_LINKS = re.compile(r"[\[\]|#^]+")
_NO_TAG = re.compile(r"[^\w/-]+")


@dataclass(frozen=True)
class Link:
    """Another note: its file's name without the suffix, its title, and why it is related."""

    file: str
    title: str
    relationship: str


@dataclass(frozen=True)
class Surroundings:
    """What a file says beside its note. `audio` is the path of the recording's file, where one goes with it."""

    links: Sequence[Link] = ()
    audio: str | None = None


def written(whole: WholeNote, beside: Surroundings) -> str:
    """The whole file."""
    note = whole.note
    fields: dict[str, Any] = {
        "title": note.title,
        "summary": note.summary,
        "tags": list(dict.fromkeys(tag for one in whole.tags if (tag := obsidian_tag(one.name)))),
        "created": rfc3339(note.created_at),
        "updated": rfc3339(note.updated_at),
        "language": note.language,
        "favorite": note.is_favorite,
        "id": str(note.origin_id or note.id),
    }
    if whole.recording_client_id:
        fields["recording"] = whole.recording_client_id
    added = "\n\n".join(part for part in (_quotes(whole, beside), _sources(whole.sources), _links(beside)) if part)
    return front_matter.joined(fields, f"{note.content}\n\n{MARKER}\n\n{added}\n")


def read(text: str) -> tuple[dict[str, Any], str]:
    """The fields before a note, and its content. Raises `BadFrontMatter`."""
    fields, body = front_matter.parted(text)
    own, marker, _ = body.rpartition(f"\n\n{MARKER}\n")
    return fields, own if marker else body


def obsidian_tag(name: str) -> str:
    """The tag as Obsidian takes it: no white space, no marks, and not a number alone."""
    tag = _NO_TAG.sub("-", name).strip("-")
    return f"n{tag}" if tag.isdecimal() else tag


def _quotes(whole: WholeNote, beside: Surroundings) -> str:
    if not whole.citations:
        return ""
    lines = [_quoted(citation, beside.audio) for citation in whole.citations]
    return "\n".join(["## Said in the recording", "", *([f"![[{beside.audio}]]", ""] if beside.audio else []), *lines])


def _quoted(citation: Citation, audio: str | None) -> str:
    place = ""
    if citation.start_s is not None:
        clock = elapsed(citation.start_s)
        place = f"[[{audio}#t={citation.start_s:.1f}|{clock}]] " if audio else f"{clock} "
    return f"{citation.position}. {place}“{escape(citation.quote)}”"


def _sources(sources: Sequence[Source]) -> str:
    if not sources:
        return ""
    lines = [f"- [{escape(one.title)}](<{_url(one.url)}>)" if one.url else f"- {escape(one.title)}" for one in sources]
    return "\n".join(["## Sources", "", *lines])


def _url(url: str) -> str:
    return quote(url, safe=":/?#@!$&'*+,;=%~-._") if url.startswith(("http://", "https://")) else ""


def _links(beside: Surroundings) -> str:
    lines = [f"- [[{one.file}|{_label(one.title)}]]: {escape(one.relationship)}" for one in beside.links]
    return "\n".join(["## Related notes", "", *lines]) if lines else ""


def _label(title: str) -> str:
    return " ".join(_IN_LINKS.sub(" ", title).split()) or safe(title, "note")
