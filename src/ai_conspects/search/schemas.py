"""Search on the wire."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from ai_conspects.core.pagination import Page
from ai_conspects.search.searching import Found, NoteHit
from ai_conspects.search.service import Mode


class HitNote(BaseModel):
    """The note of a hit. `source_recording_id` is the id that the client gave the recording."""

    id: UUID
    title: str
    summary: str | None
    type: str
    language: str
    tags: list[str]
    is_favorite: bool
    created_at: datetime
    source_recording_id: str | None
    recording_name: str | None


class HitChunk(BaseModel):
    """The piece of the note that answers; `position` 0 is its title and summary."""

    id: UUID
    position: int
    text: str


class SearchHit(BaseModel):
    """A note that was found. `score` is 0 to 1 and compares within one search only."""

    score: float
    snippet: str = Field(description="HTML, escaped; the only tags are `<mark>` around what was asked for.")
    snippet_text: str = Field(description="The same as plain text.")
    highlights: list[tuple[int, int]] = Field(
        description="Start and end of each mark, in characters of `snippet_text`."
    )
    start: float | None = Field(description="The second of the recording at which the snippet was said, if it was.")
    end: float | None
    note: HitNote
    chunk: HitChunk


class SearchPage(Page[SearchHit]):
    """Hits, best first, one a note. `mode` is what was really done; `notice` says why, where it is less than what was
    asked for. `corrections` are words that no note says, and what was looked for in their place."""

    mode: Mode
    language: str = Field(description="The query's, as far as it can be told.")
    corrections: dict[str, str]
    notice: str | None


def search_page(found: Found, next_cursor: str | None) -> SearchPage:
    """The page as clients see it."""
    return SearchPage(
        items=[_hit(item) for item in found.items],
        next_cursor=next_cursor,
        mode=found.mode,
        language=found.language,
        corrections=found.mended,
        notice=found.notice,
    )


def _hit(item: NoteHit) -> SearchHit:
    hit, note, shown = item.hit, item.hit.note, item.snippet
    return SearchHit(
        score=round(hit.score, 4),
        snippet=shown.html,
        snippet_text=shown.text,
        highlights=list(shown.marks),
        start=None if shown.start_s is None else round(shown.start_s, 2),
        end=None if shown.end_s is None else round(shown.end_s, 2),
        note=HitNote(
            id=note.id,
            title=note.title,
            summary=note.summary,
            type=note.type,
            language=note.language,
            tags=note.tags,
            is_favorite=note.is_favorite,
            created_at=note.created_at,
            source_recording_id=note.recording_id,
            recording_name=note.recording_name,
        ),
        chunk=HitChunk(id=hit.chunk_id, position=hit.position, text=hit.text),
    )
