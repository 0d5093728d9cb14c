"""`POST /chat/query`."""

from fastapi import APIRouter

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep
from ai_conspects.chat.schemas import ChatRequest, ChatResponse
from ai_conspects.chat.service import Chat

router = APIRouter(prefix="/chat", tags=["ai chat"])


@router.post("/query", summary="Ask your notes")
def query(request: ChatRequest, user: CurrentUser, parts: PartsDep) -> ChatResponse:
    """An answer that stands on the caller's own notes, each statement with its citation; or that they say nothing."""
    return Chat(parts.database, parts.language_model, parts.embeddings).query(user.id, request)
