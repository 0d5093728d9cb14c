"""Looks after the listeners of a process: sends away those whose session has ended, and finds what no event told of.

One query of each kind for all of them, however many there are.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from anyio import to_thread
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from ai_conspects.accounts import repository as accounts
from ai_conspects.accounts.tokens import Claims
from ai_conspects.core.db import Database
from ai_conspects.events.hub import Hub
from ai_conspects.events.listener import Ending, Listener, Mark
from ai_conspects.models import ProcessingBatch

log = structlog.get_logger()

LATE = timedelta(seconds=5)
"""An event that is not there so long after the change is lost."""
LOOK_BACK = timedelta(hours=6)


async def watch(hub: Hub, database: Database, every_s: float) -> None:
    """Until cancelled: look at everybody every so often, and at once at those whose session may have ended."""
    while True:
        try:
            async with asyncio.timeout(every_s):
                suspects = [await hub.suspects.get()]
            while not hub.suspects.empty():
                suspects.append(hub.suspects.get_nowait())
            await _look_at(suspects, database)
        except TimeoutError:
            await _look_at(hub.everybody(), database)


async def _look_at(listeners: Sequence[Listener], database: Database) -> None:
    if not listeners:
        return
    try:
        live, changed = await to_thread.run_sync(_ask, database, listeners)
    except SQLAlchemyError as error:  # it is away: nobody is sent away for that
        log.warning("events.unwatched", error=type(error).__name__)
        return
    for listener in listeners:
        if listener.claims not in live:
            listener.end(Ending.SESSION_ENDED)
        changed_at = changed.get(listener.claims.user_id)
        if changed_at is not None and changed_at > listener.told_until:
            listener.told_until = changed_at
            listener.put(Mark.LOST)


def _ask(database: Database, listeners: Sequence[Listener]) -> tuple[set[Claims], dict[UUID, datetime]]:
    """The claims that still count, and when a batch of each user last changed, LATE ago or earlier."""
    user_ids = {listener.claims.user_id for listener in listeners}
    settled = (ProcessingBatch.updated_at < func.now() - LATE, ProcessingBatch.updated_at > func.now() - LOOK_BACK)
    newest = (
        select(ProcessingBatch.user_id, func.max(ProcessingBatch.updated_at))
        .where(ProcessingBatch.user_id.in_(user_ids), *settled)
        .group_by(ProcessingBatch.user_id)
    )
    with database.transaction(as_system="who of all listeners still may listen") as session:
        live = accounts.live_of(session, [listener.claims for listener in listeners])
        return live, {row[0]: row[1] for row in session.execute(newest)}
