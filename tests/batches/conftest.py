"""The API without speech: a batch is only taken in here."""

from pathlib import Path

import pytest

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import Database
from ai_conspects.core.settings import Settings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.engines.object_storage.local import local_store


@pytest.fixture
def parts(settings: Settings, database: Database, tmp_path: Path) -> Parts:
    return Parts(settings, database, local_store(tmp_path / "store"), ExtractiveModel(), HashedEmbeddings(384))
