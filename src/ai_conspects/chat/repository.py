"""Conversations and their messages, always those of one owner."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ai_conspects.models import ChatMessage, Conversation

TITLE_LENGTH = 80


def exists(session: Session, user_id: UUID, conversation_id: UUID) -> bool:
    """Whether the conversation is there and the user's."""
    found = select(Conversation.id).where(Conversation.id == conversation_id, Conversation.user_id == user_id)
    return session.scalar(found) is not None


def latest(session: Session, user_id: UUID, conversation_id: UUID, limit: int) -> list[ChatMessage]:
    """The conversation's last messages, oldest first."""
    found = (
        select(ChatMessage)
        .where(ChatMessage.conversation_id == conversation_id, ChatMessage.user_id == user_id)
        .order_by(ChatMessage.created_at.desc(), ChatMessage.id.desc())
        .limit(limit)
    )
    return list(session.scalars(found))[::-1]


def begin(session: Session, user_id: UUID, question: str) -> UUID:
    """A new conversation, called by its first question."""
    conversation = Conversation(user_id=user_id, title=question[:TITLE_LENGTH])
    session.add(conversation)
    session.flush()
    return conversation.id


def add_turn(
    session: Session, user_id: UUID, conversation_id: UUID, question: str, answer: str, details: dict[str, object]
) -> None:
    """A question and its answer, in this order."""
    turn = {"user_id": user_id, "conversation_id": conversation_id, "created_at": func.clock_timestamp()}
    for message in (
        ChatMessage(**turn, content=question, is_from_user=True),
        ChatMessage(**turn, content=answer, is_from_user=False, details=details),
    ):
        session.add(message)
        session.flush()  # one after the other: `now()` would give both the same time
    session.execute(
        update(Conversation).where(Conversation.id == conversation_id).values(updated_at=func.clock_timestamp())
    )
