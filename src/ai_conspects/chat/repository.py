"""Conversations and their messages, always those of one owner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_, update
from sqlalchemy.orm import Session

from ai_conspects.models import ChatMessage, Conversation, ProcessingBatch, RecordingStep, StepStatus

TITLE_LENGTH = 80


def find(session: Session, user_id: UUID, conversation_id: UUID) -> Conversation | None:
    """The conversation, if it is there and the user's."""
    return session.scalar(
        select(Conversation).where(Conversation.id == conversation_id, Conversation.user_id == user_id)
    )


def listed(session: Session, user_id: UUID, after: tuple[datetime, UUID] | None, limit: int) -> list[Conversation]:
    """Conversations, the latest first, from behind the place `after`."""
    found = select(Conversation).where(Conversation.user_id == user_id)
    if after is not None:
        found = found.where(tuple_(Conversation.updated_at, Conversation.id) < after)
    return list(session.scalars(found.order_by(Conversation.updated_at.desc(), Conversation.id.desc()).limit(limit)))


def rename(session: Session, conversation: Conversation, title: str) -> None:
    """Another name; when it was last spoken in stays."""
    same = {"title": title, "updated_at": conversation.updated_at}
    session.execute(update(Conversation).where(Conversation.id == conversation.id).values(same))
    session.refresh(conversation)


def latest(session: Session, user_id: UUID, conversation_id: UUID, limit: int) -> list[ChatMessage]:
    """The conversation's last messages, oldest first."""
    found = (
        select(ChatMessage)
        .where(ChatMessage.conversation_id == conversation_id, ChatMessage.user_id == user_id)
        .order_by(ChatMessage.created_at.desc(), ChatMessage.id.desc())
        .limit(limit)
    )
    return list(session.scalars(found))[::-1]


def failed_batch(session: Session, user_id: UUID) -> str | None:
    """The client's id of the latest batch of which something failed; trying it again makes that due."""
    failed = select(RecordingStep.id).where(
        RecordingStep.batch_id == ProcessingBatch.id, RecordingStep.status == StepStatus.FAILED
    )
    found = select(ProcessingBatch.client_id).where(ProcessingBatch.user_id == user_id, failed.exists())
    return session.scalar(found.order_by(ProcessingBatch.created_at.desc()).limit(1))


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
