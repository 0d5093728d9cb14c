"""Conversations with one's notes, and their messages."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UpdatedAt, UserId


class Conversation(Base):
    """A chain of questions and answers."""

    __tablename__ = "conversations"

    id: Mapped[Key]
    user_id: Mapped[UserId]
    title: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class ChatMessage(Base):
    """One turn. `details` of an answer holds its confidence, citations and the context it was given."""

    __tablename__ = "chat_messages"
    __table_args__ = (Index("ix_chat_messages_conversation_created", "conversation_id", "created_at"),)

    id: Mapped[Key]
    user_id: Mapped[UserId]
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    content: Mapped[str] = mapped_column(Text)
    is_from_user: Mapped[bool]
    message_type: Mapped[str] = mapped_column(String(20), server_default="text", default="text")
    details: Mapped[dict[str, Any] | None]
    created_at: Mapped[CreatedAt]
