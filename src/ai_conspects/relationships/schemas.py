"""Notes beside each other on the wire: related, similar, and the graph of them."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from ai_conspects.batches.schemas import Time
from ai_conspects.models import RelationshipType

MOST_NODES = 500

Nearest = Annotated[int, Query(ge=1, le=100, description="Notes, at most.")]


class NoteBrief(BaseModel):
    """As much of a note as a list or a drawing shows."""

    id: UUID
    title: str
    summary: str | None
    type: str
    language: str
    is_favorite: bool
    created_at: Time


class Edge(BaseModel):
    """A relationship of two notes, the older first. `strength` is computed, 0 to 1; `description` is the reason.

    `from_note_id`: the one that continues the other, is part of it or its prerequisite; null where it holds both ways.
    """

    id: UUID
    note_1_id: UUID
    note_2_id: UUID
    relationship_type: RelationshipType
    from_note_id: UUID | None
    strength: Annotated[float, AfterValidator(lambda value: round(value, 3))]
    description: str | None


class RelatedNote(BaseModel):
    """Another note, and how it belongs with the one that was asked for."""

    note: NoteBrief
    relationship: Edge


class RelatedNotes(BaseModel):
    """Strongest first."""

    items: list[RelatedNote]


class SimilarNote(BaseModel):
    """Another note, and the cosine of the angle between both embeddings."""

    note: NoteBrief
    similarity: float


class SimilarNotes(BaseModel):
    """Nearest first. `is_embedded` is false while the note's own embedding has yet to be made; then nothing is near."""

    items: list[SimilarNote]
    is_embedded: bool


class Node(NoteBrief):
    """A note in the graph. `distance` counts the edges from the note that was asked for; 0 where none was."""

    distance: int


class Graph(BaseModel):
    """Notes and the relationships among them. `is_partial` says that there is more than was asked for."""

    nodes: list[Node] = Field(max_length=MOST_NODES)
    edges: list[Edge]
    is_partial: bool
