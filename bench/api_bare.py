"""What `bench.api` measures the API against: FastAPI with one route that does one indexed SELECT, and nothing else.

`uvicorn bench.api_bare:app`, told by BENCH_DATABASE. The same driver, the same kind of route (`def`).
"""

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel
from sqlalchemy import Connection, create_engine, text

from ai_conspects.core.db import sqlalchemy_url

ONE = text("SELECT client_id, status, created_at::text, updated_at::text FROM processing_batches WHERE id = :id")


class Answer(BaseModel):
    """A row."""

    batch_id: str
    status: str
    created_at: str
    updated_at: str


# as many connections as threads, which would else wait for each other
POOL = 40

app = FastAPI(telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False})
engine = create_engine(
    sqlalchemy_url(os.environ["BENCH_DATABASE"]), pool_size=40
)  # as many as threads, which would wait for each other


def connection() -> Iterator[Connection]:
    """One of the pool's."""
    with engine.begin() as opened:
        yield opened


@app.get("/batches/{batch_id}/status")
def status(batch_id: str, opened: Annotated[Connection, Depends(connection)]) -> Answer:
    """One indexed SELECT."""
    row = opened.execute(ONE, {"id": batch_id}).one_or_none()
    if row is None:
        raise HTTPException(404)
    return Answer(batch_id=row[0], status=row[1], created_at=row[2], updated_at=row[3])
