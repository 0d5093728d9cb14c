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

WORDS: dict[str, Any] = {
    "access_token": "eyJ…",
    "refresh_token": "kept by the device, used once",
    "device_secret": "shown once; without it nobody gets in again",
    "title": "Regularisation",
    "name": "neural networks",
    "color": "teal",
    "summary": "How overfitting is held down.",
    "content": "Overfitting is held down by regularisation and new data. [1]",
    "language": "en",
    "filename": "lecture.m4a",
    "batch_id": "batch-1",
    "recording_id": "recording-1",
    "source_recording_id": "recording-1",
    "description": "The second lecture takes up overfitting where the first ends.",
    "quote": "Overfitting is cured by regularisation.",
    "url": "https://example.com/hooks/notes",
    "code": "engine_unavailable",
    "message": "Overfitting is held down by regularisation. [1]",
    "relationship_type": "continues",
    "engine": "extractive",
}
"""Field → what may stand there in an answer; fields of other types than these words have what their schema says."""

_BY_FORMAT = {"uuid": _NOTE_ID, "date-time": _MOMENT, "date": _MOMENT[:10]}
_BY_TYPE: dict[str, Any] = {"integer": 1, "number": 0.5, "boolean": True, "null": None, "object": {}, "array": []}


def describe(app: FastAPI) -> None:
    """Put the examples into the application's description."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = made()
            for calls in described["paths"].values():
                for operation in calls.values():
                    _put(operation, described["components"]["schemas"])
        return cast("dict[str, Any]", app.openapi_schema)

    app.openapi = openapi  # type: ignore[method-assign]  # as FastAPI documents it; see `core.problems`


def _put(operation: dict[str, Any], models: dict[str, Any]) -> None:
    if operation["operationId"] in BODIES:
        for content in operation["requestBody"]["content"].values():
            content["example"] = BODIES[operation["operationId"]]
    for answer in operation["responses"].values():
        for content in answer.get("content", {}).values():
            if content.get("schema", {}).get("format") != "binary":
                content.setdefault("example", _shown(content.get("schema", {}), models))


def _shown(schema: dict[str, Any], models: dict[str, Any], name: str = "") -> Any:
    """What fits the schema: each field is there, each list has one item."""
    if "$ref" in schema:
        return _shown(models[schema["$ref"].rpartition("/")[2]], models, name)
    if "anyOf" in schema:
        return _shown(schema["anyOf"][0], models, name)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if "properties" in schema:
        return {field: _shown(told, models, field) for field, told in schema["properties"].items()}
    if "prefixItems" in schema:
        return [_shown(told, models, name) for told in schema["prefixItems"]]
    if "items" in schema:
        return [_shown(schema["items"], models, name)]
    if schema.get("type", "string") == "string":
        return _BY_FORMAT.get(schema.get("format", "")) or WORDS.get(name) or name or "…"
    return _BY_TYPE[schema["type"]]
