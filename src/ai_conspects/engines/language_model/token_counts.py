"""How many tokens a text has for the model of one server: estimated without a tokenizer, learnt from what it counts."""

from threading import Lock

from ai_conspects.core.prompts import estimated_tokens, script

LEAST_TO_LEARN_FROM = 200
"""Tokens: below, what the server adds (its chat template, the schema) counts for more than the text."""
_POSSIBLE = (1.0, 12.0)
"""Bytes a token: what is outside was cut, or only counts what the server hadn't in its cache."""
_NEW = 0.3
_MARGIN = 1.1
_ENOUGH = 3
"""Lessons after which a count far below the estimate means a cut prompt."""


class TokenCounts:
    """Safe to share between threads. Each script has its own ratio: Russian takes more bytes a token than English."""

    def __init__(self) -> None:
        self._bytes_a_token: dict[str, float] = {}
        self._lessons: dict[str, int] = {}
        self._lock = Lock()

    def estimate(self, text: str) -> int:
        """About how many tokens; a tenth more than the server counted until now, by its own ratio where known."""
        ratio = self._bytes_a_token.get(script(text))
        return estimated_tokens(text) if ratio is None else int(_MARGIN * _bytes(text) / ratio) + 1

    def learn(self, sent: str, counted: int) -> None:
        """The server counted so many tokens in what was sent."""
        ratio = _bytes(sent) / max(counted, 1)
        if counted < LEAST_TO_LEARN_FROM or not _POSSIBLE[0] <= ratio <= _POSSIBLE[1]:
            return
        kind = script(sent)
        with self._lock:
            before = self._bytes_a_token.get(kind, ratio)
            self._bytes_a_token[kind] = (1 - _NEW) * before + _NEW * ratio
            self._lessons[kind] = self._lessons.get(kind, 0) + 1

    def was_cut(self, sent: str, counted: int) -> bool:
        """Whether the server can't have read all of it: no tokenizer packs 12 bytes of prose in a token, and this one
        counted at least half of what it would by its own ratio."""
        if counted < LEAST_TO_LEARN_FROM:  # perhaps only what wasn't cached
            return False
        kind = script(sent)
        known = self._bytes_a_token[kind] if self._lessons.get(kind, 0) >= _ENOUGH else None
        return counted < _bytes(sent) / (_POSSIBLE[1] if known is None else 2 * known)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
