"""The notes around a note, and the graph of one owner's notes; every answer is bounded."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteRelationship
from ai_conspects.notes import service
from ai_conspects.relationships.repository import comparable
from ai_conspects.relationships.schemas import (
    Edge,
    Graph,
    Node,
    NoteBrief,
    RelatedNote,
    RelatedNotes,
    SimilarNote,
    SimilarNotes,
)

_BRIEF = (Note.id, Note.title, Note.summary, Note.type, Note.language, Note.is_favorite, Note.created_at)

BriefRow = Row[*tuple[object, ...]]


def related(session: Session, user_id: UUID, note_id: UUID, limit: int) -> RelatedNotes:
    """The notes that the user's note stands in a relationship with. Raises `NoteNotFound`."""
    service.find(session, user_id, note_id)
    edges = _touching(session, user_id, {note_id}, limit)
    others = {edge.id: edge.note_2_id if edge.note_1_id == note_id else edge.note_1_id for edge in edges}
    briefs = _briefs(session, user_id, others.values())
    found = [(edge, briefs.get(others[edge.id])) for edge in edges]
    return RelatedNotes(items=[RelatedNote(note=note, relationship=_edge(edge)) for edge, note in found if note])


def similar(session: Session, user_id: UUID, note_id: UUID, limit: int) -> SimilarNotes:
    """The notes that point most nearly the same way, by the same embedding model. Raises `NoteNotFound`."""
    note = service.find(session, user_id, note_id)
    if note.embedding is None:
        return SimilarNotes(items=[], is_embedded=False)
    distance = Note.embedding.cosine_distance(note.embedding)
    found = select(*_BRIEF, (1 - distance).label("similarity")).where(*comparable(note))
    rows = session.execute(found.order_by(distance, Note.id).limit(limit)).all()
    items = [SimilarNote(note=_brief(row), similarity=round(row.similarity, 4)) for row in rows]
    return SimilarNotes(items=items, is_embedded=True)


def around(session: Session, user_id: UUID, note_id: UUID, depth: int, limit: int) -> Graph:
    """The notes within so many edges of the note, the strongest edges first where there are too many.

    One query for each step. Raises `NoteNotFound`.
    """
    service.find(session, user_id, note_id)
    distances, edge_of, is_partial = {note_id: 0}, dict[UUID, NoteRelationship](), False
    for distance in range(1, depth + 1):
        edge = {one for one, far in distances.items() if far == distance - 1}
        if not edge:
            break
        for found in _touching(session, user_id, edge, limit * 10):
            for end in (found.note_1_id, found.note_2_id):
                if end not in distances and len(distances) < limit:
                    distances[end] = distance
            if {found.note_1_id, found.note_2_id} <= distances.keys():
                edge_of[found.id] = found
            else:
                is_partial = True
    return _graph(session, user_id, distances, edge_of, is_partial=is_partial)


def strongest(session: Session, user_id: UUID, limit: int) -> Graph:
    """The notes of the user's strongest relationships, and those relationships."""
    found = select(NoteRelationship).where(NoteRelationship.user_id == user_id)
    rows = session.scalars(found.order_by(NoteRelationship.strength.desc(), NoteRelationship.id).limit(limit * 10 + 1))
    distances, edges, is_partial = dict[UUID, int](), dict[UUID, NoteRelationship](), False
    for row in rows:
        new = {row.note_1_id, row.note_2_id} - distances.keys()
        if len(distances) + len(new) > limit or len(edges) == limit * 10:
            is_partial = True
        else:
            distances |= dict.fromkeys(new, 0)
            edges[row.id] = row
    return _graph(session, user_id, distances, edges, is_partial=is_partial)


def _touching(session: Session, user_id: UUID, note_ids: Collection[UUID], limit: int) -> list[NoteRelationship]:
    """The strongest relationships in which one of these notes stands."""
    either = or_(NoteRelationship.note_1_id.in_(note_ids), NoteRelationship.note_2_id.in_(note_ids))
    found = select(NoteRelationship).where(NoteRelationship.user_id == user_id, either)
    return list(session.scalars(found.order_by(NoteRelationship.strength.desc(), NoteRelationship.id).limit(limit)))


def _graph(
    session: Session,
    user_id: UUID,
    distances: Mapping[UUID, int],
    edges: Mapping[UUID, NoteRelationship],
    *,
    is_partial: bool,
) -> Graph:
    briefs = _briefs(session, user_id, distances)
    nodes = [Node(**briefs[one].model_dump(), distance=far) for one, far in distances.items() if one in briefs]
    standing = [edge for edge in edges.values() if {edge.note_1_id, edge.note_2_id} <= briefs.keys()]
    return Graph(nodes=nodes, edges=[_edge(one) for one in standing], is_partial=is_partial)


def _briefs(session: Session, user_id: UUID, note_ids: Collection[UUID]) -> dict[UUID, NoteBrief]:
    found = select(*_BRIEF).where(Note.user_id == user_id, Note.id.in_(note_ids))
    return {row.id: _brief(row) for row in session.execute(found)}


def _brief(row: BriefRow) -> NoteBrief:
    return NoteBrief.model_validate(row, from_attributes=True)


def _edge(row: NoteRelationship) -> Edge:
    return Edge.model_validate(row, from_attributes=True)
