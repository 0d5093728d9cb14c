"""A request's transaction is one thread's, and no route can take a session that nobody commits."""

import threading
from collections.abc import Iterator
from typing import Annotated

import pytest
import structlog
from fastapi import APIRouter, Depends, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.testclient import TestClient
from sqlalchemy import event, text

from ai_conspects import api
from ai_conspects.accounts.dependencies import SessionDep, SessionUser, session, unknown_session
from ai_conspects.core.db import Database
from ai_conspects.core.in_one_thread import InOneThread
from tests.accounts.devices import Device, register


def dependencies(of: Dependant) -> Iterator[object]:
    for each in of.dependencies:
        yield each.call
        yield from dependencies(each)


def test_every_route_with_a_session_has_its_transaction() -> None:
    with_session: list[object] = []
    without: list[object] = []
    for router, _ in api.ROUTERS:
        for route in router.routes:
            if {session, unknown_session} & set(dependencies(getattr(route, "dependant", Dependant()))):
                (with_session if isinstance(route, InOneThread) else without).append(route)
    assert without == []
    assert len(with_session) > 30


def test_it_begins_works_and_ends_in_one_thread(client: TestClient, database: Database) -> None:
    device, threads = register(client), []

    def here(*_: object) -> None:
        threads.append(threading.get_ident())

    for moment in ("begin", "before_cursor_execute", "commit"):
        event.listen(database.engine, moment, here)
    assert client.get("/v1/batches", headers=device.headers).status_code == 200
    for moment in ("begin", "before_cursor_execute", "commit"):
        event.remove(database.engine, moment, here)
    assert len(threads) > 3
    assert len(set(threads)) == 1


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def added(client: TestClient, router: APIRouter) -> TestClient:
    assert isinstance(client.app, FastAPI)
    client.app.include_router(router)
    return client


def test_a_route_elsewhere_gets_nothing_from_a_session(client: TestClient, device: Device) -> None:
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten(session: SessionDep) -> None:
        session.execute(text("SELECT 1"))

    with structlog.testing.capture_logs() as said:
        assert added(client, router).get("/forgotten", headers=device.headers).status_code == 500
    assert [each["error"] for each in said if each["event"] == "http.failed"] == ["InvalidRequestError"]


def test_a_route_that_asks_nothing_still_asks_who_calls(client: TestClient, device: Device) -> None:
    router = APIRouter(route_class=InOneThread)

    @router.get("/idle")
    def idle(user: SessionUser) -> None:
        """Nothing."""

    added(client, router)
    assert client.get("/idle", headers=device.headers).status_code == 200
    client.post("/v1/auth/logout", headers=device.headers)
    assert client.get("/idle", headers=device.headers).json()["code"] == "invalid_token"


def test_what_a_route_wrote_before_it_raised_is_undone(client: TestClient, device: Device, database: Database) -> None:
    router = APIRouter(route_class=InOneThread)

    def here() -> str:
        return "closed"

    @router.get("/raises")
    def raises(session: SessionDep, name: Annotated[str, Depends(here)]) -> None:
        session.execute(text("UPDATE users SET is_active = false"))
        raise LookupError(name)

    assert added(client, router).get("/raises", headers=device.headers).status_code == 500
    with database.transaction(as_system="a test") as opened:
        assert opened.scalar(text("SELECT is_active FROM users")) is True
