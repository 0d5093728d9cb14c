"""What an import brings: as JSON, or as a form with a file, for which no library is needed at these sizes."""

from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, Json, TypeAdapter, ValidationError

from ai_conspects.batches.schemas import ClientId, Language, Moment, ProcessingSettings
from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.core.http import PlainText
from ai_conspects.recordings.errors import ImportTooLarge, InvalidTranscript
from ai_conspects.recordings.form_stream import boundary, parameter
from ai_conspects.recordings.imports.imported import Format

MOST_CONTENT_MB = 16
MOST_BODY_MB = 48
"""JSON may write a character of two bytes in six."""

Body = TypeVar("Body", bound="TranscriptBody")


class TranscriptBody(BaseModel):
    """A transcript from elsewhere. In a form, `content` is a file or a field."""

    language: Language = Field("auto", description="`auto`: what the file says, else what its words look like.")
    format: Format | Literal["auto"] = Field("auto", description="`json` is Whisper's, WhisperX's or this server's.")
    content: PlainText = Field(min_length=1, description=f"The file's text, at most {MOST_CONTENT_MB} MiB of UTF-8.")


class ImportBody(TranscriptBody):
    """A recording without audio. `batch_id` is the recording's own id unless given; `created_at` is now."""

    id: ClientId
    filename: str | None = Field(None, min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")
    created_at: Moment | None = None
    batch_id: ClientId | None = None
    settings: ProcessingSettings = Field(
        ProcessingSettings(), description="As in a submit; `language` stands beside it, not in it."
    )


class ImportForm(ImportBody):
    """The same as a form, for the API's description: a file may bring `content` and `filename`."""

    file: str | None = Field(None, json_schema_extra={"format": "binary"})


def parsed(model: type[Body], media_type: str, body: bytes) -> Body:
    """The body as this model. Raises `Unprocessable`, `ImportTooLarge`, `InvalidTranscript`."""
    separator = boundary(media_type)
    try:
        if separator is None:
            return _within_bounds(model.model_validate_json(body))
        return _within_bounds(model.model_validate(_fields(body, separator)))
    except ValidationError as error:
        faults = tuple(
            FieldError(tuple(fault["loc"]), fault["msg"].removeprefix("Value error, "))
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        )
        named = "; ".join(f"{'.'.join(map(str, fault.loc)) or 'body'}: {fault.msg}" for fault in faults[:3])
        raise Unprocessable(f"The import is not valid. {named}.", errors=faults) from None


def too_large() -> ImportTooLarge:
    return ImportTooLarge(f"A transcript may have {MOST_CONTENT_MB} MiB, and its whole body {MOST_BODY_MB} MiB.")


def _within_bounds(body: Body) -> Body:
    if len(body.content.encode()) > MOST_CONTENT_MB << 20:
        raise too_large()
    return body


def _fields(body: bytes, separator: bytes) -> dict[str, Any]:
    """The fields of a form by name (RFC 7578); the file is `content`, and its name `filename` unless that is given."""
    found: dict[str, Any] = {}
    uploaded: str | None = None
    parts = (b"\r\n" + body).split(b"\r\n--" + separator)
    if len(parts) < 3 or not parts[-1].startswith(b"--"):
        raise Unprocessable("The form is cut off, or its boundary is another one.")
    for part in parts[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        name = parameter(head, "name")
        filename = parameter(head, "filename")
        uploaded = filename or uploaded
        key = "content" if filename is not None or name == "file" else name
        found[key or ""] = _text(value) if key == "content" else value.decode("utf-8", "replace")
    if "settings" in found:
        found["settings"] = TypeAdapter(Json[dict[str, Any]]).validate_python(found["settings"])
    return {"filename": uploaded, **found} if uploaded else found


def _text(data: bytes) -> str:
    """A file's text: UTF-8, or UTF-16 where its first bytes say so."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidTranscript("it is not UTF-8; save it as UTF-8 and send it again", line) from None
