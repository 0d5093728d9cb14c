"""One event a line: a name and fields; JSON, or colours for a terminal. Never a transcript, prompt or token."""

import logging
import sys
from traceback import extract_tb
from typing import Literal

import structlog


def configure(fmt: Literal["auto", "json", "console"] = "auto", level: str = "INFO") -> None:
    """Set up structlog, and send the standard library's records (uvicorn, Celery, SQLAlchemy) the same way."""
    human = fmt == "console" or (fmt == "auto" and sys.stderr.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    if human:  # with plain tracebacks: rich ones show local variables, and those hold what people said
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *([] if human else [structlog.processors.format_exc_info]),
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("httpx", "httpcore", "httpx2", "httpcore2", "openai", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _is_news(record: logging.LogRecord) -> bool:
    """Not that an answer was cut off: `RequestContext` has told of it, and ASGI has no word for doing so on purpose, as
    to a client that doesn't read its events."""
    return record.msg != "ASGI callable returned without completing response."


def places(error: BaseException) -> list[str]:
    """Where an error happened, without its text, which may hold what a user said: our last frames and the innermost."""
    frames = extract_tb(error.__traceback__)
    innermost = frames[-3:]
    ours = [frame for frame in frames[:-3] if "/ai_conspects/" in frame.filename][-6:]
    return [
        f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in ours + innermost
    ]
