"""Conversations that were had: listed, read, renamed, removed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.chat import repository
from ai_conspects.chat.schemas import (
    ChatAnswer,
    ContextNote,
    ConversationOut,
    MessageOut,
    WholeConversation,
)
from ai_conspects.core import pagination
from ai_conspects.core.errors import NotFound
from ai_conspects.core.pagination import Page
from ai_conspects.models import ChatMessage, Conversation

MESSAGES = 200
_LISTED = "conversations"


class ConversationNotFound(NotFound):
    """No such conversation, or it is someone else's."""

    code = "conversation_not_found"

    def __init__(self, conversation_id: UUID) -> None:
        super().__init__("Conversation not found")
        self.conversation_id = conversation_id


def page(session: Session, user_id: UUID, cursor: str | None, limit: int) -> Page[ConversationOut]:
    """Conversations, the one last spoken in first. Raises `InvalidCursor`."""
    after = None if cursor is None else pagination.decode(_LISTED, cursor, datetime.fromisoformat, UUID)
    found = repository.listed(session, user_id, after, limit + 1)
    shown = found[:limit]
    further = None
    if len(found) > limit:
        further = pagination.encode(_LISTED, [shown[-1].updated_at.isoformat(), str(shown[-1].id)])
    return Page(items=[_conversation(one) for one in shown], next_cursor=further)


def whole(session: Session, user_id: UUID, conversation_id: UUID) -> WholeConversation:
    """The conversation with its latest messages. Raises `ConversationNotFound`."""
    conversation = _found(session, user_id, conversation_id)
    turns = repository.latest(session, user_id, conversation_id, MESSAGES + 1)
    messages = [_message(turn) for turn in turns[-MESSAGES:]]
    listed = _conversation(conversation)
    return WholeConversation(**listed.model_dump(), messages=messages, more=len(turns) > MESSAGES)


def rename(session: Session, user_id: UUID, conversation_id: UUID, title: str) -> ConversationOut:
    """The conversation under its new name; it keeps its place in the list. Raises `ConversationNotFound`."""
    conversation = _found(session, user_id, conversation_id)
    repository.rename(session, conversation, title)
    return _conversation(conversation)


def remove(session: Session, user_id: UUID, conversation_id: UUID) -> None:
    """The conversation with all its messages is gone. Raises `ConversationNotFound`."""
    session.delete(_found(session, user_id, conversation_id))


def _found(session: Session, user_id: UUID, conversation_id: UUID) -> Conversation:
    found = repository.find(session, user_id, conversation_id)
    if found is None:
        raise ConversationNotFound(conversation_id)
    return found


def _conversation(row: Conversation) -> ConversationOut:
    return ConversationOut(id=row.id, title=row.title, created_at=row.created_at, updated_at=row.updated_at)


def _message(row: ChatMessage) -> MessageOut:
    details = row.details or {}
    answered = details.get("response")
    # answers of earlier versions may lack fields that are shown now: then their text alone is shown
    complete = answered is not None and all("chunk_id" in citation for citation in answered["citations"])
    return MessageOut(
        id=row.id,
        role="user" if row.is_from_user else "assistant",
        message=row.content,
        created_at=row.created_at,
        response=ChatAnswer(message=row.content, **answered) if answered is not None and complete else None,
        context_used=[ContextNote(**note) for note in details["context_used"]] if "context_used" in details else None,
        asked_as=details.get("asked_as"),
    )
