"""What every embedding engine does: give texts a direction, so that those about the same thing point the same way."""

from collections.abc import Sequence
from typing import Literal, Protocol

from numpy import float32
from numpy.typing import NDArray


class Embeddings(Protocol):
    """`model` names the space: vectors of two models are never compared. `dimensions` is their length."""

    model: str
    dimensions: int

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[float32]:
        """Shape `(len(texts), dimensions)`, every row of length 1 (of zeros where a text holds no word).

        Raises `EngineUnavailable`, `EngineRejected`, `EngineMisconfigured`.
        """
        ...
