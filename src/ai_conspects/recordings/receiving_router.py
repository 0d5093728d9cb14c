"""`POST /recordings`: one recording as the raw body, or as the file of a form."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core.http import announced_bytes
from ai_conspects.core.ids import uuid7
from ai_conspects.core.openapi import documented
from ai_conspects.core.settings import LimitSettings
from ai_conspects.recordings.form_stream import FormStream, boundary
from ai_conspects.recordings.receiving import discard, keep, stage
from ai_conspects.recordings.schemas import RecordingDetails
from ai_conspects.uploads.errors import UploadTooLarge
from ai_conspects.uploads.wanted import Wanted, described, wanted

router = APIRouter(prefix="/recordings", tags=["recordings"], responses=documented(401, 413, 422, 503))

FORM_ROOM = 1 << 20
"""Bytes that a form may have beside its file."""

_KNOWN: dict[str, Any] = described()
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary", "minLength": 1}}
_FORM: dict[str, Any] = {
    "schema": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": _BYTES["schema"], "id": _KNOWN["id"], "language": _KNOWN["language"]},
        "additionalProperties": {"type": "string"},
    }
}
TAKES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": _FORM, "audio/*": _BYTES, "application/octet-stream": _BYTES},
    },
    "parameters": [
        {"name": name, "in": "query", "schema": _KNOWN[name], "description": about}
        for name, about in (
            ("id", "What you call it; the server makes one."),
            ("batch_id", "What you call its batch; the recording's id unless given."),
            ("filename", "Its name."),
            ("created_at", "When it was recorded."),
            ("duration", "In seconds, as far as you know; it is measured later."),
            ("language", "And the other settings of a submit, each by its name."),
        )
    ],
}
AGAIN: dict[int | str, dict[str, Any]] = {
    200: {"description": "The same was sent before; it stands as it is now", "model": RecordingDetails}
}


@router.post("", status_code=201, responses=documented(409) | AGAIN, openapi_extra=TAKES)
async def post_recording(request: Request, response: Response, user: CurrentUser, parts: PartsDep) -> RecordingDetails:
    """Send one recording to be made into notes, however long: as the body itself, or as `file` of a form.

    When this answers 201 the audio is durable and the work is queued. What is known of it stands in the query, or in
    the form's other fields. The same audio under the same `id` again answers 200. For bad networks there is `/uploads`.
    """
    limits: LimitSettings = parts.settings.limits
    if announced_bytes(request) > (limits.max_recording_mb << 20) + FORM_ROOM:
        raise UploadTooLarge(limits.max_recording_mb)
    slots: UploadSlots = request.app.state.upload_slots
    named, separator = dict(request.query_params), boundary(request.headers.get("content-type", ""))
    asked = _asked(named, limits)
    async with slots.one():
        if separator is None:
            audio = await stage(parts.store, user.id, request.stream(), limits.max_recording_mb)
        else:
            form = FormStream(separator, request.stream())
            audio = await stage(parts.store, user.id, form.file(), limits.max_recording_mb)
            try:
                asked = _asked(named | form.fields, limits, form.filename)
            except BaseException:
                await discard(parts.store, audio)
                raise
        details, is_new = await keep(parts.store, parts.database, user.id, asked, audio, limits)
    response.headers["Location"] = f"/v1/recordings/{quote(details.id)}"
    response.status_code = 201 if is_new else 200
    return details


def _asked(named: dict[str, str], limits: LimitSettings, filename: str | None = None) -> Wanted:
    given = {"filename": filename, **named} if filename else named
    return wanted(given, uuid7(), max_audio_hours=limits.max_audio_hours, where="recording")
