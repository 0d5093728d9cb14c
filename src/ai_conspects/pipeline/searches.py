"""Searches on the web within a user's day, each paid for once: what it found is kept in the database for a while."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.core.engine_settings import WebSearchSettings
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.web_search.base import Found, WebSearch
from ai_conspects.models import WebSearchRow
from ai_conspects.pipeline.step import Hands
from ai_conspects.text.plain import plain

RESULTS = 10
"""Pages asked for in one search."""

_PAGES = TypeAdapter(list[Found])


class DaySpent(Exception):
    """The user's searches of the last 24 hours are used up."""


def search(hands: Hands, user_id: UUID, engine: WebSearch, phrases: Sequence[str], language: str) -> list[Found]:
    """What the search finds, or found not long ago. Raises `DaySpent`, and the engine's errors."""
    settings = hands.settings.web_search
    key = hashlib.sha256("\0".join([engine.name, language, *phrases]).encode("utf-8", "replace")).digest()
    kept = _in_transaction(hands, lambda session: _reserve(session, user_id, key, engine.name, settings))
    if kept is not None:
        return _PAGES.validate_python(kept)
    try:
        with hands.engine_time():
            found = [_storable(page) for page in engine.search(phrases, language=language, limit=RESULTS)]
    except EngineError:
        _in_transaction(hands, lambda session: _release(session, user_id, key))
        raise
    _in_transaction(hands, lambda session: _keep(session, user_id, key, found))
    return found


def _in_transaction(hands: Hands, work: Callable[[Session], list[object] | None]) -> list[object] | None:
    """What the work gives, done in a transaction that the step's fence guards."""
    given: list[list[object] | None] = []
    hands.checkpoint(0.0, lambda session: given.append(work(session)))
    return given[0]


def _reserve(
    session: Session, user_id: UUID, key: bytes, engine: str, settings: WebSearchSettings
) -> list[object] | None:
    """The pages that are kept; else None, and the search counts from here on, whoever it is that asks it."""
    oldest = func.now() - timedelta(days=settings.cache_days)
    yesterday = func.now() - timedelta(days=1)
    mine = WebSearchRow.user_id == user_id
    session.execute(delete(WebSearchRow).where(mine, WebSearchRow.asked_at < func.least(oldest, yesterday)))
    row = session.scalar(select(WebSearchRow).where(mine, WebSearchRow.key == key, WebSearchRow.asked_at >= oldest))
    if row is not None and row.found is not None:
        return row.found
    others = select(func.count()).where(mine, WebSearchRow.asked_at >= yesterday, WebSearchRow.key != key)
    asked = session.scalar(others)
    if (asked or 0) >= settings.searches_per_day:
        raise DaySpent
    session.execute(
        insert(WebSearchRow)
        .values(user_id=user_id, key=key, engine=engine)
        .on_conflict_do_update(index_elements=["user_id", "key"], set_={"asked_at": func.now(), "found": None})
    )
    return None


def _release(session: Session, user_id: UUID, key: bytes) -> None:
    """It came to nothing, and so is not counted."""
    mine = (WebSearchRow.user_id == user_id, WebSearchRow.key == key, WebSearchRow.found.is_(None))
    session.execute(delete(WebSearchRow).where(*mine))


def _keep(session: Session, user_id: UUID, key: bytes, found: list[Found]) -> None:
    pages = _PAGES.dump_python(found, mode="json")
    session.execute(
        update(WebSearchRow).where(WebSearchRow.user_id == user_id, WebSearchRow.key == key).values(found=pages)
    )


def _storable(page: Found) -> Found:
    return Found(plain(page.title), plain(page.url), plain(page.snippet), page.published)
