"""The table of contents: every router, all of them under `/v1`."""

from fastapi import APIRouter

from ai_conspects.accounts.router import router as accounts
from ai_conspects.batches.router import router as batches
from ai_conspects.health.router import router as health

router = APIRouter(prefix="/v1")
router.include_router(accounts)
router.include_router(batches)
router.include_router(health)
