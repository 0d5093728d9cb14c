"""Embeddings from any server that speaks OpenAI's `/embeddings`, in batches, of one fixed length."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.openai_server import RequestRefused, Server

BATCH = 64
"""Texts in one request; servers differ in what they take (OpenAI 2048, text-embeddings-inference 32 to 64)."""


class _Vector(BaseModel):
    index: int
    embedding: list[float]


class _Answer(BaseModel):
    """The body of an `/embeddings` answer."""

    data: list[_Vector]


class OpenAIEmbeddings:
    """`Embeddings` of an OpenAI-compatible server. An empty `base_url` means OpenAI's own.

    The server is asked for `dimensions`; one that doesn't know that parameter must give that length by itself.
    """

    def __init__(self, base_url: str, api_key: str, model: str, dimensions: int, timeout_s: float = 60) -> None:
        self.model = f"openai:{model}@{dimensions}"
        self.dimensions = dimensions
        self._asked_model = model
        self._server = Server(self.model, "EMBEDDINGS", base_url, api_key, timeout_s)
        self._names_dimensions = True

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[float32]:
        """Shape `(len(texts), dimensions)`, float32, rows of length 1; a blank text gives zeros and isn't sent."""
        vectors = np.zeros((len(texts), self.dimensions), float32)
        said = [row for row, text in enumerate(texts) if text.strip()]
        for start in range(0, len(said), BATCH):
            rows = said[start : start + BATCH]
            vectors[rows] = self._batch([_prefixed(texts[row], kind, self._asked_model) for row in rows])
        return vectors

    def _batch(self, texts: list[str]) -> NDArray[float32]:
        raw = self._ask(texts)
        try:
            answer = _Answer.model_validate_json(raw)
        except ValidationError:
            said = "The server's answer holds no embeddings; see AI_CONSPECTS_EMBEDDINGS__BASE_URL if it stays so."
            raise EngineUnavailable(self.model, said) from None
        by_index = {vector.index: vector.embedding for vector in answer.data}
        if sorted(by_index) != list(range(len(texts))):
            raise EngineUnavailable(self.model, "The server's answer lacks an embedding for some of the texts.")
        return self._normalised([by_index[index] for index in range(len(texts))])

    def _ask(self, texts: list[str]) -> bytes:
        create = self._server.client.embeddings.with_streaming_response.create
        body: dict[str, Any] = {"model": self._asked_model, "input": texts, "encoding_format": "float"}
        if self._names_dimensions:
            with suppress(RequestRefused):
                return self._server.ask(create, body | {"dimensions": self.dimensions})
        raw = self._server.ask(create, body)
        self._names_dimensions = False
        return raw

    def _normalised(self, rows: list[list[float]]) -> NDArray[float32]:
        """Rows of length 1. Raises `EngineMisconfigured` for a wrong length."""
        lengths = {len(row) for row in rows}
        if lengths != {self.dimensions}:
            raise EngineMisconfigured(
                self.model,
                f"The model gives vectors of length {sorted(lengths)}, AI_CONSPECTS_EMBEDDINGS__DIMENSIONS is "
                f"{self.dimensions}; take another model or make the database for that length.",
            )
        matrix = np.asarray(rows, np.float64)  # float32 would overflow in the squares of some models' values
        norms = np.linalg.norm(matrix, axis=1, keepdims=True)
        if not np.isfinite(norms).all() or (norms == 0).any():
            raise EngineRejected(self.model, "The model gives no direction for some text.", code="embedding_invalid")
        return np.asarray(matrix / norms, float32)


def _prefixed(text: str, kind: Literal["query", "passage"], model: str) -> str:
    """The E5 family wants to be told which side of a search a text is on; others take it as it is."""
    return f"{kind}: {text}" if "e5-" in model.lower() else text
