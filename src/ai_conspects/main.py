"""The API process: parts, middleware and error handlers are put together here, and nothing is decided."""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from ai_conspects import __version__, api, examples
from ai_conspects.accounts.dependencies import SESSIONS_AT_A_TIME, Parts
from ai_conspects.accounts.tokens import AccessTokens
from ai_conspects.batches.figures import ServerFigures
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core import logging, machine, metrics, openapi, problems, tracing
from ai_conspects.core.db import connect
from ai_conspects.core.errors import ConfigurationError, DomainError
from ai_conspects.core.event_stream import announcer
from ai_conspects.core.in_flight import InFlight
from ai_conspects.core.middleware import RequestContext
from ai_conspects.core.queue import celery_ring
from ai_conspects.core.rate import RateLimiter
from ai_conspects.core.rate_limits import RateLimits
from ai_conspects.core.rate_limits import rules as rate_rules
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.paths import home_folder
from ai_conspects.engines import registry
from ai_conspects.engines.errors import EngineError, EngineRejected, EngineUnavailable
from ai_conspects.events.running import running
from ai_conspects.health.measures import RowsCollector
from ai_conspects.health.metrics_router import router as metrics_router
from ai_conspects.page import router as page
from ai_conspects.uploads.envelope import TusEnvelope
from ai_conspects.webhooks import outbox

log = structlog.get_logger()

LITERAL_MODE_HEADERS = {"Deprecation": "@1758153600"}  # RFC 9745; the day from which the protocol's login was unsafe


def create_app(parts: Parts | None = None) -> FastAPI:
    """The application. Without `parts`, they are made at its start from the environment, and disposed of at its end.

    Raises `ConfigurationError` and `WeakKeyError` before anything is served.
    """
    settings = parts.settings if parts else _settings()
    trusting = settings.auth.trust_device_id

    in_flight = InFlight()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.parts = made = parts or build(settings)
        if parts is None and settings.metrics.port:
            metrics.serve(settings.metrics.host, settings.metrics.port, RowsCollector(made.database))
        if trusting:
            log.warning("auth.trusting_device_ids", meaning="whoever knows a device_id owns its account")
        async with running(settings, made.database) as app.state.events:
            if parts is None:
                machine.settle()
            yield
            await in_flight.ended()
        await app.state.rate_limiter.close()
        if parts is None:
            app.state.parts.database.dispose()

    # FastAPI's own telemetry would tell whole URLs (what is searched for) and the texts of errors: see core/tracing.py;
    # the interactive docs would load scripts from elsewhere; the description itself is at /openapi.json
    app = FastAPI(
        title="AI Conspects",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={
            "tracing": False,
            "metrics": False,
            "logs": False,
            "operation_spans": False,
            "auto_configure": False,
        },
        generate_unique_id_function=lambda route: route.name,  # operation ids that a generated client can be read with
    )
    app.state.access_tokens = AccessTokens(settings.jwt_secret_key.get_secret_value(), settings.auth.access_token_s)
    app.state.server_figures = ServerFigures()
    app.state.session_slots = Semaphore(SESSIONS_AT_A_TIME)
    app.state.upload_slots = UploadSlots(settings.limits.max_parallel_uploads)
    app.add_middleware(TusEnvelope)
    limiter = RateLimiter(settings.redis_url.get_secret_value())
    app.state.rate_limiter = limiter
    app.add_middleware(
        RateLimits, limiter=limiter, rules=rate_rules(settings.rate), who=app.state.access_tokens.signed_user
    )
    app.add_middleware(RequestContext, in_flight=in_flight, headers=LITERAL_MODE_HEADERS if trusting else None)
    _handle_errors(app)
    api.include(app)
    app.include_router(metrics_router)
    app.include_router(page.router())
    openapi.describe(app)
    examples.describe(app)
    return app


def build(settings: Settings) -> Parts:
    """The parts that the settings name."""
    broker = settings.celery_broker_url.get_secret_value() or settings.redis_url.get_secret_value()
    announce = announcer(settings.events_redis_url)
    database = connect(
        settings.database_url.get_secret_value(), ring=celery_ring(broker), announce=announce, record=outbox.record
    )
    engines = registry.build(settings, home_folder(settings.home).root)
    return Parts(settings, database, engines.store, engines.language_model, engines.embeddings)


def _settings() -> Settings:
    settings = Settings()
    logging.configure(settings.log_format, settings.log_level)
    tracing.configure("ai-conspects-api", settings.traces)
    if not settings.database_url.get_secret_value():
        raise ConfigurationError(
            "DATABASE_URL is empty. Name a PostgreSQL, or run `ai-conspects serve`, which starts one."
        )
    if not (settings.celery_broker_url.get_secret_value() or settings.redis_url.get_secret_value()):
        raise ConfigurationError("REDIS_URL is empty. Name a Redis, or run `ai-conspects serve`, which starts one.")
    return settings


def _handle_errors(app: FastAPI) -> None:
    app.add_exception_handler(DomainError, problems.from_domain)
    app.add_exception_handler(RequestValidationError, problems.from_validation)
    app.add_exception_handler(HTTPException, problems.from_http)
    app.add_exception_handler(EngineError, _from_engine)
    for unstorable in (DataError, UnicodeEncodeError):
        app.add_exception_handler(unstorable, problems.from_unstorable)
    app.add_exception_handler(IntegrityError, problems.from_integrity)
    for away in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(away, problems.from_database_away)


def _from_engine(_: Request, error: Exception) -> Response:
    assert isinstance(error, EngineError)  # noqa: S101 (Starlette types every handler's error as Exception)
    log.warning("http.engine_failed", engine=error.engine, code=error.code, error=type(error).__name__)
    if isinstance(error, EngineUnavailable):
        headers = problems.retry_header(error.retry_after or problems.RETRY_AFTER_S)
        return problems.problem(503, error.code, error.message, headers=headers)
    return problems.problem(502 if isinstance(error, EngineRejected) else 503, error.code, error.message)
