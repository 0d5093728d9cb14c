"""Events on the wire."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from ai_conspects.batches.schemas import Time

Cursor = Annotated[str, Field(pattern="^[0-9]{1,15}-[0-9]{1,19}$", description="The id of an event.")]


class EventOut(BaseModel):
    """One event: the `data:` of the stream, and a message of the socket. What `data` holds: `docs/events.md`."""

    id: Cursor
    type: str
    batch_id: str | None
    at: Time
    data: dict[str, Any]
