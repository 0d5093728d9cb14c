"""What stands beside a note, and `/graph`: the notes and the relationships between them, for drawing."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.relationships import graph
from ai_conspects.relationships.schemas import MOST_NODES, Graph, Nearest, RelatedNotes, SimilarNotes

router = APIRouter(route_class=InOneThread, tags=["graph"], responses=documented(401, 404, 422, 503))


@router.get("/notes/{note_id}/related")
def list_related_notes(note_id: UUID, session: SessionDep, user: SessionUser, limit: Nearest = 20) -> RelatedNotes:
    """The notes that this one belongs with, strongest first, each with the reason."""
    return graph.related(session, user.id, note_id, limit)


@router.get("/notes/{note_id}/similar")
def list_similar_notes(note_id: UUID, session: SessionDep, user: SessionUser, limit: Nearest = 20) -> SimilarNotes:
    """The notes nearest by meaning, related or not."""
    return graph.similar(session, user.id, note_id, limit)


@router.get("/graph")
def get_graph(
    session: SessionDep,
    user: SessionUser,
    note_id: Annotated[UUID | None, Query(description="Only this note and those around it.")] = None,
    depth: Annotated[int, Query(ge=1, le=4, description="Edges from that note, at most.")] = 2,
    limit: Annotated[int, Query(ge=2, le=MOST_NODES, description="Notes, at most.")] = 200,
) -> Graph:
    """Your notes as a graph: those around one note, or else those of the strongest relationships."""
    if note_id is None:
        return graph.strongest(session, user.id, limit)
    return graph.around(session, user.id, note_id, depth, limit)
