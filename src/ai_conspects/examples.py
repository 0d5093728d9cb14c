"""Examples in the API's description: of every body, and of the answers that a client begins with.

They stand together, so that they speak of the same recording and the same note; a test holds them against the schemas.
"""

from typing import Any, cast

from fastapi import FastAPI

_NOTE_ID = "01a20e2d-8577-7cdb-aa72-85d9b39be4e9"
_OTHER_ID = "01a20e2d-861e-71aa-b590-1c59d1907a36"
_TAG_ID = "01a20e2d-8887-7ddc-a7c6-7373190d1d63"
_SEGMENT_ID = "01a20e2d-8a5c-7c73-b2b7-fb8862e034c9"
_MOMENT = "2026-01-31T12:00:00Z"

_TAG = {"id": _TAG_ID, "name": "neural networks", "color": "teal", "note_count": 12, "created_at": _MOMENT}
_TOKENS = {
    "access_token": "eyJ…",
    "token_type": "bearer",
    "user_id": "01a20e2d-8aec-7961-a88a-379a2fcc4c7a",
    "expires_in": 900,
    "refresh_token": "kept by the device, used once",
}
_BRIEF = {
    "id": _OTHER_ID,
    "title": "Regularisation",
    "summary": "How overfitting is held down.",
    "type": "recording",
    "language": "en",
    "is_favorite": False,
    "created_at": _MOMENT,
}
_EDGE = {
    "id": "01a20e2d-8af6-7be9-877b-67747de84835",
    "note_1_id": _NOTE_ID,
    "note_2_id": _OTHER_ID,
    "relationship_type": "continues",
    "from_note_id": _OTHER_ID,
    "strength": 0.62,
    "description": "The second lecture takes up overfitting where the first ends.",
}
_TOLD = {"title": "Neural networks, lecture 1", "language": "en", "type": "manual"}

BODIES: dict[str, Any] = {
    "register": {"device_id": "my-phone"},
    "login": {"device_id": "my-phone", "device_secret": "what the registration gave, 43 characters .."},
    "rotate_secret": {"device_secret": "what the registration gave, 43 characters .."},
    "recover": {"device_id": "my-phone", "code": "ABCD-EFGH"},
    "refresh": {"refresh_token": "what the last answer gave"},
    "change_me": {"settings": {"vocabulary": {"words": ["backpropagation"], "prompt": "A lecture."}}},
    "submit": {
        "batch_id": "batch-1",
        "device_id": "my-phone",
        "settings": {"language": "en", "analysis_depth": "detailed", "max_notes_per_recording": 3},
        "recordings": [
            {
                "id": "recording-1",
                "filename": "lecture.m4a",
                "duration": 125.5,
                "created_at": _MOMENT,
                "audio_data": "AAAAHGZ0eXBNNEEg",
            }
        ],
    },
    "correct_transcript": {"segments": [{"id": _SEGMENT_ID, "text": "What was really said.", "speaker": "Anna"}]},
    "put_transcript": {"format": "txt", "content": "What was said."},
    "import_recording": {"id": "talk-7", "content": "1\n00:00:00,000 --> 00:00:02,000\nGood morning."},
    "create_note": {"title": "Reading list", "content": "- *The Art of Memory*", "tags": ["books"]},
    "change_note": {"title": "A better title", "is_read": True},
    "change_notes": {"action": "tag", "ids": [_NOTE_ID, _OTHER_ID], "tags": ["exam"]},
    "create_tag": {"name": "neural networks", "color": "teal"},
    "change_tag": {"name": "Neural networks"},
    "merge_tag": {"into": _TAG_ID},
    "query": {"message": "What did the lecture say about overfitting?"},
    "create_template": {"name": "seminar", "title": "A seminar", "wishes": "Short sentences."},
    "change_template": {"title": "A seminar at noon"},
    "rename_conversation": {"title": "Overfitting"},
    "regenerate_recording": {"analysis_depth": "deep"},
    "regenerate_note": {"analysis_depth": "brief"},
    "take_proposal": {"fields": ["summary"]},
    "create_webhook": {"url": "https://example.com/hooks/notes", "events": ["note.created"]},
    "change_webhook": {"url": "https://example.com/hooks/notes-2"},
}
"""Operation → what may be sent."""

ANSWERS: dict[str, Any] = {
    "register": _TOKENS | {"device_secret": "shown once; without it nobody gets in again"},
    "login": _TOKENS,
    "list_tags": {"items": [_TAG], "next_cursor": None},
    "create_tag": _TAG,
    "change_notes": {
        "results": [{"id": _NOTE_ID, "status": "done"}, {"id": _OTHER_ID, "status": "not_found"}],
    },
    "list_related_notes": {"items": [{"note": _BRIEF, "relationship": _EDGE}]},
    "list_similar_notes": {"items": [{"note": _BRIEF, "similarity": 0.83}], "is_embedded": True},
    "get_graph": {
        "nodes": [_BRIEF | _TOLD | {"id": _NOTE_ID, "distance": 0}, _BRIEF | {"distance": 1}],
        "edges": [_EDGE],
        "is_partial": False,
    },
    "import_me": {
        "notes": {"imported": 41, "existing": 1},
        "recordings": {"imported": 14, "existing": 0},
        "relationships": 27,
        "problems": ["Notes/torn.md: left out, it has no end"],
    },
}
"""Operation → what may come back when all went well."""


def describe(app: FastAPI) -> None:
    """Put the examples into the application's description."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            for calls in made()["paths"].values():
                for operation in calls.values():
                    _put(operation)
        return cast("dict[str, Any]", app.openapi_schema)

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it; see `core.problems`


def _put(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    if name in BODIES:
        for content in operation["requestBody"]["content"].values():
            content["example"] = BODIES[name]
    if name in ANSWERS:
        best = min(status for status in operation["responses"] if status.startswith("2"))
        operation["responses"][best]["content"]["application/json"]["example"] = ANSWERS[name]
