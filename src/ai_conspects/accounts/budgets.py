"""What one user's work may use in a day (UTC) of what costs money: reserved before it is used, put right afterwards.

The database decides, by one statement. A process that dies leaves its reservation counted until midnight: what it had
begun may have been billed. The rows count also where there is no limit.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import ClassVar
from uuid import UUID

import structlog
from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.core.errors import TooMany
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.errors import EngineMisconfigured
from ai_conspects.engines.language_model.base import Meter, Usage
from ai_conspects.models import DayUsage, Spent

log = structlog.get_logger()


class BudgetSpent(TooMany):
    """The day's budget has not so much left. `retry_after` is the next day's beginning."""

    code: ClassVar[str] = "budget_spent"

    def __init__(self, most: str, *, retry_after: float) -> None:
        super().__init__(
            f"This account may use {most} in a day, and what is left of that is too little. It goes on at 00:00 UTC.",
            retry_after=retry_after,
        )


@dataclass(frozen=True)
class Budget:
    """One user's budget of one kind. `most` of 0 is no limit; `setting` is where it stands, `unit` what it counts."""

    database: Database
    user_id: UUID
    kind: Spent
    most: int
    setting: str
    unit: str

    @contextmanager
    def reserved(self, at_most: int) -> Iterator[Callable[[int], None]]:
        """Around something that uses at most so much and tells what it has used; untold, that is nothing.

        Raises `BudgetSpent`, and `EngineMisconfigured` where no day has so much.
        """
        day = self._reserve(at_most)
        used: list[int] = []
        try:
            yield used.append
        except GeneratorExit:  # whoever read a stream has left, and nobody can tell: what was reserved stays
            raise
        except BaseException:
            self._settle(day, sum(used) - at_most)
            raise
        self._settle(day, sum(used) - at_most)

    def require(self, amount: int) -> None:
        """Whether so much could be reserved now. Raises as `reserved`."""
        with self.reserved(amount):
            pass

    def _reserve(self, amount: int) -> date:
        """Add it to the day's sum, if that stays within the limit."""
        if self.most and amount > self.most:
            said = f"This takes up to {amount} {self.unit} at once, more than {self.setting} allows for a whole day."
            raise EngineMisconfigured("budget", said)
        row = insert(DayUsage).values(user_id=self.user_id, kind=self.kind, day=func.current_date(), amount=amount)
        summed = DayUsage.amount + amount
        within = summed <= self.most if self.most else None
        added = row.on_conflict_do_update(
            index_elements=["user_id", "kind", "day"], set_={"amount": summed}, where=within
        )
        with self.database.transaction(as_user=self.user_id) as session:
            day: date | None = session.scalar(added.returning(DayUsage.day))
            if day is None:
                raise BudgetSpent(f"{self.most} {self.unit}", retry_after=_until_tomorrow_s(session))
            mine = DayUsage.user_id == self.user_id, DayUsage.kind == self.kind
            session.execute(delete(DayUsage).where(*mine, DayUsage.day < day))
        return day

    def _settle(self, day: date, by: int) -> None:
        """What was done is done: where the database is away, the reservation stands for it."""
        row = update(DayUsage).where(DayUsage.user_id == self.user_id, DayUsage.kind == self.kind, DayUsage.day == day)
        try:
            with self.database.transaction(as_user=self.user_id) as session:
                session.execute(row.values(amount=DayUsage.amount + by))
        except SQLAlchemyError as error:
            log.warning("budget.not_settled", kind=self.kind, error=type(error).__name__)


def tokens(database: Database, user_id: UUID, limits: LimitSettings) -> Budget:
    """The language model's tokens, read and written."""
    setting = "AI_CONSPECTS_LIMITS__USER_TOKENS_PER_DAY"
    return Budget(database, user_id, Spent.TOKENS, limits.user_tokens_per_day, setting, "tokens of the language model")


def hearing(database: Database, user_id: UUID, limits: LimitSettings) -> Budget:
    """Seconds of audio that are transcribed."""
    setting, most = "AI_CONSPECTS_LIMITS__USER_AUDIO_HOURS_PER_DAY", int(limits.user_audio_hours_per_day * 3600)
    return Budget(database, user_id, Spent.AUDIO_S, most, setting, "seconds of audio")


def metered(budget: Budget) -> Meter:
    """Calls of a language model within a budget of tokens."""

    @contextmanager
    def meter(at_most: int) -> Iterator[Callable[[Usage], None]]:
        with budget.reserved(at_most) as told:
            yield lambda usage: told(usage.tokens_in + usage.tokens_out)

    return meter


def used_today(session: Session, user_id: UUID) -> dict[Spent, int]:
    """The day's sums; what isn't named is 0."""
    today = DayUsage.user_id == user_id, DayUsage.day == func.current_date()
    return {row.kind: row.amount for row in session.scalars(select(DayUsage).where(*today))}


def _until_tomorrow_s(session: Session) -> float:
    tomorrow = func.date_trunc("day", func.now()) + timedelta(days=1)
    return float(session.scalar(select(func.extract("epoch", tomorrow - func.now()))) or 0)
