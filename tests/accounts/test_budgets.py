"""A day's budget: reserved by one statement before anything is used, put right afterwards, gone with its day."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import psycopg
import pytest
from sqlalchemy import func, select, update

from ai_conspects.accounts.budgets import Budget, BudgetSpent, metered, tokens, used_today
from ai_conspects.core.db import Database
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.errors import EngineMisconfigured, EngineUnavailable
from ai_conspects.engines.language_model.base import Usage
from ai_conspects.models import DayUsage, Spent
from tests.builders import a_user


@pytest.fixture
def budget(database: Database) -> Budget:
    with database.transaction(as_system="a test") as session:
        return tokens(database, a_user(session), LimitSettings(user_tokens_per_day=1_000))


def used(budget: Budget) -> int:
    with budget.database.transaction(as_user=budget.user_id) as session:
        return used_today(session, budget.user_id).get(Spent.TOKENS, 0)


def spend(budget: Budget, at_most: int, used: int) -> None:
    with budget.reserved(at_most) as told:
        told(used)


def a_day_passes(budget: Budget) -> None:
    with budget.database.transaction(as_system="a test") as session:
        session.execute(update(DayUsage).values(day=DayUsage.day - 1))


def test_what_was_used_counts_and_not_what_was_reserved_for_it(budget: Budget) -> None:
    with budget.reserved(800) as told:
        assert used(budget) == 800
        told(300)
    assert used(budget) == 300


def test_a_call_may_cost_more_than_was_thought(budget: Budget) -> None:
    spend(budget, 800, 1_200)
    assert used(budget) == 1_200
    with pytest.raises(BudgetSpent):
        spend(budget, 1, 1)


def test_nothing_more_begins_than_the_day_has_left(budget: Budget) -> None:
    spend(budget, 900, 900)
    with pytest.raises(BudgetSpent) as refused:
        spend(budget, 101, 0)
    assert 0 < (refused.value.retry_after or 0) <= 86_400
    spend(budget, 100, 100)
    assert used(budget) == 1_000


def test_what_failed_has_cost_nothing(budget: Budget) -> None:
    with pytest.raises(EngineUnavailable), budget.reserved(800):
        raise EngineUnavailable("a model", "away")
    assert used(budget) == 0


def test_what_failed_after_it_was_answered_has_cost_what_it_did(budget: Budget) -> None:
    def nonsense() -> None:
        with budget.reserved(800) as told:
            told(300)
            raise EngineUnavailable("a model", "wrote nonsense")

    with pytest.raises(EngineUnavailable):
        nonsense()
    assert used(budget) == 300


def test_a_process_that_died_blocks_its_user_until_the_end_of_the_day_and_no_longer(budget: Budget) -> None:
    died = budget.reserved(1_000)
    died.__enter__()
    with pytest.raises(BudgetSpent):
        spend(budget, 1, 1)
    a_day_passes(budget)
    spend(budget, 1_000, 400)
    assert used(budget) == 400


def test_days_that_are_over_are_forgotten(budget: Budget) -> None:
    spend(budget, 500, 500)
    a_day_passes(budget)
    spend(budget, 500, 500)
    with budget.database.transaction(as_user=budget.user_id) as session:
        assert session.scalar(select(func.count()).select_from(DayUsage)) == 1


@pytest.mark.timeout(60)
def test_twenty_at_once_get_no_more_than_there_is(budget: Budget) -> None:
    """Each waits, with what it got, until all have tried: nobody's is given back in between."""
    start, tried = Barrier(20), Barrier(20)

    def one(_: int) -> bool:
        start.wait(30)
        try:
            with budget.reserved(130):
                tried.wait(30)
                return True
        except BudgetSpent:
            tried.wait(30)
            return False

    with ThreadPoolExecutor(20) as crowd:
        got = list(crowd.map(one, range(20)))
    assert sum(got) == 7  # of 130 each, out of 1,000
    assert used(budget) == 0


def test_one_users_budget_is_no_others(budget: Budget, database: Database) -> None:
    spend(budget, 1_000, 1_000)
    with database.transaction(as_system="a test") as session:
        other = tokens(database, a_user(session), LimitSettings(user_tokens_per_day=1_000))
    spend(other, 1_000, 10)
    assert (used(budget), used(other)) == (1_000, 10)


def test_what_no_day_has_is_said_at_once_and_not_waited_for(budget: Budget) -> None:
    with pytest.raises(EngineMisconfigured, match="AI_CONSPECTS_LIMITS__USER_TOKENS_PER_DAY"):
        spend(budget, 1_001, 0)


def test_without_a_limit_it_is_counted_all_the_same(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        free = tokens(database, a_user(session), LimitSettings())
    with metered(free)(10**9) as told:
        told(Usage(calls=1, tokens_in=40, tokens_out=2))
    assert used(free) == 42


def test_a_database_that_fails_meanwhile_loses_no_answer_and_the_reservation_stands_for_it(
    budget: Budget, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        with budget.reserved(800) as told:
            told(300)
            owner.execute("ALTER TABLE day_usage RENAME TO away")
        owner.execute("ALTER TABLE away RENAME TO day_usage")
    assert used(budget) == 800


def test_whoever_leaves_a_stream_is_charged_what_was_reserved(budget: Budget) -> None:
    def stream() -> Iterator[str]:
        with budget.reserved(800):
            yield "a piece"

    pieces = stream()
    next(pieces)
    del pieces
    assert used(budget) == 800
