"""Entity tags of notes, in two parts: what its owner can change, and all that is shown.

`If-None-Match` compares the whole, so that a 304 never hides a renamed tag or a new related note. `If-Match` compares
the first part alone: what the server adds by itself is no reason to refuse an edit. Views count in neither.
"""

import hashlib
import json
import re

from ai_conspects.notes.schemas import NoteOut

_STATE = re.compile(r'"([0-9a-f]{24})\.[0-9a-f]{24}"')
_OWNERS = {"title", "summary", "content", "is_read", "is_favorite"}


def etag(note: NoteOut) -> str:
    """The note's tag, quotes included."""
    return f'"{state(note)}.{_digest(note.model_dump_json(exclude={"view_count"}))}"'


def state(note: NoteOut) -> str:
    """The first part."""
    own = note.model_dump(mode="json", include=_OWNERS) | {"tags": sorted(tag.name for tag in note.tags)}
    return _digest(json.dumps(own, sort_keys=True))


def still_stands(if_match: str, note: NoteOut) -> bool:
    """Whether `If-Match` names the state in which the note is; `*` names any."""
    return if_match.strip() == "*" or state(note) in _STATE.findall(if_match)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]
