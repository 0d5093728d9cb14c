"""`/chat`: questions to one's notes, answered whole or as they come, and the conversations that were had."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep, SessionDep, SessionUser
from ai_conspects.chat import conversations
from ai_conspects.chat.events import EVENT_STREAM, as_events, wants_events
from ai_conspects.chat.schemas import (
    ChatRequest,
    ChatResponse,
    ConversationChange,
    ConversationOut,
    WholeConversation,
)
from ai_conspects.chat.service import Chat
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.core.pagination import CursorParam, Page
from ai_conspects.engines.cancelling import Cancellation

router = APIRouter(route_class=InOneThread, prefix="/chat", tags=["ai chat"])

STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole answer; as `text/event-stream`: `delta` events with `text`, then one `done` with the "
        "whole answer, or one `error` with a problem.",
        "content": {EVENT_STREAM: {"schema": {"type": "string"}}},
    }
}


@router.post(
    "/query", summary="Ask your notes", response_model=ChatResponse, responses={**STREAMED, **documented(404, 422)}
)
def query(
    request: ChatRequest,
    connection: Request,
    user: CurrentUser,
    parts: PartsDep,
    accept: Annotated[str, Header(description="`text/event-stream` to have the answer as it comes.")] = "*/*",
) -> ChatResponse | Response:
    """An answer that stands on the caller's own notes, each statement with its citation; or that they say nothing."""
    chat = Chat(parts.database, parts.language_model, parts.embeddings, parts.settings.limits)
    if not wants_events(accept):
        return chat.query(user.id, request)
    cancellation = Cancellation()
    return as_events(chat.stream(user.id, request, cancellation), cancellation, connection.is_disconnected)


@router.get("/conversations", responses=documented(422))
def list_conversations(
    session: SessionDep,
    user: SessionUser,
    limit: Annotated[int, Query(ge=1, le=100, description="Conversations on a page, at most.")] = 50,
    cursor: CursorParam = None,
) -> Page[ConversationOut]:
    """Your conversations, the one last spoken in first."""
    return conversations.page(session, user.id, cursor, limit)


@router.get("/conversations/{conversation_id}", responses=documented(404))
def get_conversation(conversation_id: UUID, session: SessionDep, user: SessionUser) -> WholeConversation:
    """What was asked and answered, and which notes were looked in. A question with this id goes on."""
    return conversations.whole(session, user.id, conversation_id)


@router.patch("/conversations/{conversation_id}", responses=documented(404, 422))
def rename_conversation(
    conversation_id: UUID, change: ConversationChange, session: SessionDep, user: SessionUser
) -> ConversationOut:
    """Give a conversation another name."""
    return conversations.rename(session, user.id, conversation_id, change.title)


@router.delete("/conversations/{conversation_id}", status_code=204, responses=documented(404))
def delete_conversation(conversation_id: UUID, session: SessionDep, user: SessionUser) -> None:
    """Remove a conversation with all its messages."""
    conversations.remove(session, user.id, conversation_id)
