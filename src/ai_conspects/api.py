"""The table of contents: every router, all of them under `/v1`."""

from fastapi import APIRouter

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

router = APIRouter(prefix="/v1")
router.include_router(accounts)
router.include_router(me)
router.include_router(media_cookie)
router.include_router(sessions)
router.include_router(batches)
router.include_router(uploads)
router.include_router(recordings)
router.include_router(receiving)
router.include_router(audio)
router.include_router(imports)
router.include_router(results, responses=documented(400, 401, 404, 503))
router.include_router(note_files)  # before `/notes/{note_id}`, which would take `.md` for a part of the id
router.include_router(notes)
router.include_router(remaking)
router.include_router(relationships)
router.include_router(tags)
router.include_router(templates)
router.include_router(chat, responses=documented(401, 502, 503))
router.include_router(vault)
router.include_router(events)
router.include_router(webhooks)
router.include_router(health)
router.include_router(search)
