"""Submits for tests, and a look at what one has left behind."""

import base64
import json
import random
from typing import Any

from sqlalchemy import func, select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.models import AudioRecording, ProcessingBatch, RecordingStep

NOTHING = {"batches": 0, "recordings": 0, "steps": 0, "objects": 0}


def audio(seed: int = 0, size: int = 3000) -> bytes:
    return random.Random(seed).randbytes(size)


def recording(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A good recording; `fields` replace its own."""
    return {
        "id": f"recording-uuid-{number}",
        "filename": f"recording_{number}.m4a",
        "duration": 125.5,
        "created_at": "2025-09-18T14:30:00Z",
        "audio_data": base64.b64encode(audio(number)).decode(),
        **fields,
    }


def batch(*recordings: Any, **fields: Any) -> dict[str, Any]:
    """The protocol's own example; `fields` replace its own."""
    return {
        "batch_id": "123e4567-e89b-12d3-a456-426614174000",
        "device_id": "device-1",
        "settings": {"language": "ru", "analysis_depth": "detailed", "include_research": True, "generate_tags": True},
        "recordings": list(recordings),
        **fields,
    }


def as_json(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def left_behind(parts: Parts) -> dict[str, int]:
    """How many rows and objects there are, in all."""
    with parts.database.transaction(as_system="a test") as session:
        return {
            "batches": session.scalar(select(func.count()).select_from(ProcessingBatch)) or 0,
            "recordings": session.scalar(select(func.count()).select_from(AudioRecording)) or 0,
            "steps": session.scalar(select(func.count()).select_from(RecordingStep)) or 0,
            "objects": len(list(parts.store.list(""))),
        }
