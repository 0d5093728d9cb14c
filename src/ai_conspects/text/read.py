"""A text as numbers, by which it is ranked: made once and kept beside it, so that a search needn't read it again.

The numbers are hashes, the same in every process and release; who changes how they are made must make all of them anew.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy import int32, uint16
from numpy.typing import NDArray

from ai_conspects.text.words import terms, words

SPACE = 1_000_000_000
"""Different numbers of dictionary forms, 1 to this: what a sparse vector of pgvector can have."""
MOST_UNITS = 500
"""Different dictionary forms in a sparse vector: four kilobytes, of the eight that a row may have."""
K1, B = 1.2, 0.75
"""BM25's: how soon saying a word again adds nothing, and how much a text's length counts."""
_USUAL = 150
"""Words of a chunk, about."""
PIECES = 1 << 16
"""Different numbers of pieces, from 0."""
_PIECE = 4
_END = re.compile(r"(?:[.!?…]\s|[。！？\n])")


@dataclass(frozen=True)
class Read:
    """`forms`: the numbers of a text's dictionary forms in order, with a 0 where a sentence ends. `pieces`: the numbers
    of its words' four-letter pieces, in no order."""

    forms: NDArray[int32]
    pieces: NDArray[uint16]

    def packed(self) -> bytes:
        """As `unpacked` reads it: how many forms there are, the forms, the pieces; little-endian."""
        count = len(self.forms).to_bytes(4, "little")
        return count + self.forms.astype("<i4").tobytes() + self.pieces.astype("<u2").tobytes()

    def weights(self) -> dict[int, float]:
        """Number of a form - 1 → what having it is worth, as BM25 counts. At most `MOST_UNITS`, the first ones."""
        times = Counter(self.forms[self.forms > 0].tolist())
        damping = K1 * (1 - B + B * times.total() / _USUAL)
        return {form - 1: n * (K1 + 1) / (n + damping) for form, n in times.most_common(MOST_UNITS)}


def parted(text: str) -> list[str]:
    """A text's sentences, by their marks alone; never none."""
    return _END.split(text)


def read(sentences: list[str], language: str) -> Read:
    """The words of a text's sentences, looked up."""
    forms: list[int] = []
    pieces: list[int] = []
    for sentence in sentences or [""]:
        for word in words(sentence):
            numbers = _numbers(word, language)
            forms += numbers[0]
            pieces += numbers[1]
        forms.append(0)
    return Read(np.array(forms, int32), np.array(pieces, uint16))


@dataclass(frozen=True)
class Several:
    """The numbers of several texts, one after another: how many of `forms` and `pieces` each text has."""

    forms: NDArray[int32]
    pieces: NDArray[uint16]
    form_counts: list[int]
    piece_counts: list[int]

    def __len__(self) -> int:
        return len(self.form_counts)


def joined(texts: Sequence[Read]) -> Several:
    """Texts that were read just now."""
    return unpacked([text.packed() for text in texts])


def unpacked(packed: Sequence[bytes]) -> Several:
    """What `packed` made of each text."""
    ends = [4 + 4 * int.from_bytes(one[:4], "little") for one in packed]
    return Several(
        np.frombuffer(b"".join([one[4:end] for one, end in zip(packed, ends, strict=True)]), "<i4"),
        np.frombuffer(b"".join([one[end:] for one, end in zip(packed, ends, strict=True)]), "<u2"),
        [end // 4 - 1 for end in ends],
        [(len(one) - end) // 2 for one, end in zip(packed, ends, strict=True)],
    )


@lru_cache(maxsize=200_000)
def number(form: str) -> int:
    """The number of a dictionary form."""
    return crc32(form.encode()) % SPACE + 1


def pieces(word: str) -> list[int]:
    """The numbers of a folded word's four-letter pieces; of a shorter one as a whole."""
    return [crc32(word[at : at + _PIECE].encode()) % PIECES for at in range(max(1, len(word) - _PIECE + 1))]


@lru_cache(maxsize=200_000)
def _numbers(word: str, language: str) -> tuple[list[int], list[int]]:
    return [number(term) for term in terms(word, language)], pieces(word)
