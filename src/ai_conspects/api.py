"""The table of contents: every router, all of them under `/v1`."""

from typing import Any

from fastapi import APIRouter, FastAPI

from ai_conspects.accounts.me_router import router as me
from ai_conspects.accounts.media_cookie import router as media_cookie
from ai_conspects.accounts.router import router as accounts
from ai_conspects.accounts.sessions_router import router as sessions
from ai_conspects.batches.router import router as batches
from ai_conspects.chat.router import router as chat
from ai_conspects.core.openapi import documented
from ai_conspects.events.router import router as events
from ai_conspects.health.router import router as health
from ai_conspects.notes.remaking_router import router as remaking
from ai_conspects.notes.router import router as notes
from ai_conspects.recordings.audio_router import router as audio
from ai_conspects.recordings.imports.router import router as imports
from ai_conspects.recordings.receiving_router import router as receiving
from ai_conspects.recordings.router import router as recordings
from ai_conspects.relationships.router import router as relationships
from ai_conspects.results.router import router as results
from ai_conspects.search.router import router as search
from ai_conspects.tags.router import router as tags
from ai_conspects.templates.router import router as templates
from ai_conspects.uploads.router import router as uploads
from ai_conspects.vault.note_router import router as note_files
from ai_conspects.vault.router import router as vault
from ai_conspects.webhooks.router import router as webhooks

# the most asked for first: FastAPI tries one after the other, and once more for each router that lies within another
ROUTERS: tuple[tuple[APIRouter, dict[int | str, dict[str, Any]]], ...] = (
    (batches, {}),
    (results, documented(400, 401, 404, 503)),
    (note_files, {}),  # before `/notes/{note_id}`, which would take `.md` for a part of the id
    (notes, {}),
    (remaking, {}),
    (recordings, {}),
    (receiving, {}),
    (audio, {}),
    (imports, {}),
    (uploads, {}),
    (search, {}),
    (chat, documented(401, 502, 503)),
    (relationships, {}),
    (tags, {}),
    (templates, {}),
    (accounts, {}),
    (me, {}),
    (media_cookie, {}),
    (sessions, {}),
    (vault, {}),
    (events, {}),
    (webhooks, {}),
    (health, {}),
)


def include(app: FastAPI) -> None:
    """All of them."""
    for router, responses in ROUTERS:
        app.include_router(router, prefix="/v1", responses=responses)
