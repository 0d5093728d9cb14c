"""Events on the wire."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ai_conspects.batches.schemas import Time

Cursor = Annotated[str, Field(max_length=41, pattern=r"^\d{1,15}-\d{1,19}$", description="The id of an event.")]


class EventOut(BaseModel):
    """One event: the `data:` of the stream, and a message of the socket. What `data` holds: `docs/events.md`."""

    id: Cursor
    type: str
    batch_id: str | None
    at: Time
    data: dict[str, Any]
