"""The only errors that an engine raises; the pipeline decides by their kind what happens to the step.

EngineError
├── EngineUnavailable     try again later, by itself, after `retry_after` seconds
├── EngineRejected        this input fails here and would fail again
└── EngineMisconfigured   the operator must act; a retry after that succeeds
"""


class EngineError(Exception):
    """`engine` names who said it; the text is for a person and holds no private words."""

    code: str = "engine_error"

    def __init__(self, engine: str, message: str) -> None:
        super().__init__(message)
        self.engine = engine
        self.message = message


class EngineUnavailable(EngineError):
    """The engine is away, busy or slow. `retry_after` is what it asked for, in seconds, if it did."""

    code = "engine_unavailable"

    def __init__(self, engine: str, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(engine, message)
        self.retry_after = retry_after


class EngineRejected(EngineError):
    """The engine can't do this input. `code` says why in one stable word."""

    def __init__(self, engine: str, message: str, *, code: str = "engine_rejected") -> None:
        super().__init__(engine, message)
        self.code = code


class EngineMisconfigured(EngineError):
    """Key, URL or model are missing or wrong; the text names the setting that mends it."""

    code = "engine_misconfigured"
