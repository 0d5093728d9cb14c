"""The two servers that `bench.submit` compares, each run in a process of its own: `python -m bench.submit_apps NAME`.

`ours` is the real application with a local store. `baseline` does what the protocol's sketch does: FastAPI and pydantic
take the whole body, `base64.b64decode` the audio, and a file is written (without fsync, and with no rows).
"""

import base64
import os
import sys
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel, SecretStr

FOLDER = "BENCH_FOLDER"
DATABASE = "BENCH_DATABASE"
PORT = "BENCH_PORT"


class Recording(BaseModel):
    id: str
    filename: str
    duration: float
    audio_data: str
    created_at: str


class Batch(BaseModel):
    batch_id: str
    device_id: str
    recordings: list[Recording]


def baseline(folder: Path, _: str) -> FastAPI:
    """The sketch."""
    app = FastAPI()

    @app.post("/v1/auth/register")
    def register(device_id: str) -> dict[str, str]:
        return {"access_token": device_id}

    @app.post("/v1/batches/submit")
    async def submit(batch: Batch) -> dict[str, Any]:
        for recording in batch.recordings:
            audio = base64.b64decode(recording.audio_data)
            (folder / f"{uuid4()}.m4a").write_bytes(audio)
        return {"batch_id": batch.batch_id, "status": "accepted"}

    return app


def ours(folder: Path, database_url: str) -> FastAPI:
    """The real application; jobs ring nowhere."""
    from ai_conspects.accounts.dependencies import Parts
    from ai_conspects.core.db import connect
    from ai_conspects.core.settings import Settings
    from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
    from ai_conspects.engines.language_model.extractive import ExtractiveModel
    from ai_conspects.engines.object_storage.local import local_store
    from ai_conspects.main import create_app

    settings = Settings(_env_file=None, jwt_secret_key=SecretStr(token_urlsafe(48)))
    database = connect(database_url, ring=lambda _: None)
    return create_app(Parts(settings, database, local_store(folder), ExtractiveModel(), HashedEmbeddings(384)))


if __name__ == "__main__":
    apps = {"ours": ours, "baseline": baseline}
    made = apps[sys.argv[1]](Path(os.environ[FOLDER]), os.environ[DATABASE])
    uvicorn.run(made, port=int(os.environ[PORT]), log_level="warning", access_log=False)
