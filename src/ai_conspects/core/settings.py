"""Every setting, its default, its bound and what it does. Read once, where the process is wired.

The protocol's names (`DATABASE_URL`, `OPENAI_API_KEY`, …) stand as they are; others are `AI_CONSPECTS_<GROUP>__<NAME>`.
An empty URL means that the embedded stack provides it.
"""

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import AliasChoices, BaseModel, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ai_conspects.core.engine_settings import (
    EmbeddingSettings,
    LanguageModelSettings,
    NoteSettings,
    SpeechSettings,
    WebSearchSettings,
)
from ai_conspects.core.secret_files import FileSettingsSource


class AuthSettings(BaseModel):
    """Who gets in, and for how long."""

    trust_device_id: bool = Field(
        False, description="The protocol's literal mode: a device id alone logs in. Only for a closed network."
    )
    access_token_s: int = Field(900, ge=60, le=86_400, description="How long an access token lives, in seconds.")
    refresh_idle_days: int = Field(30, ge=1, le=365, description="A session unused for so long ends.")
    refresh_absolute_days: int = Field(180, ge=1, le=3650, description="A session this old ends, used or not.")
    registration: Literal["open", "invite", "closed"] = Field(
        "open", description="Who may register: anybody, whoever has a code of `ai-conspects invite`, or nobody."
    )


class RateSettings(BaseModel):
    """How often one user (for logins: one address) may ask within a minute; 0: as often as they like."""

    api_per_minute: int = Field(1200, ge=0, description="Requests of any other kind.")
    submit_per_minute: int = Field(120, ge=0, description="Submits, uploads begun and imports.")
    chat_per_minute: int = Field(60, ge=0, description="Questions.")
    auth_per_minute: int = Field(120, ge=0, description="Calls of `/auth/…` from one address.")


class LimitSettings(BaseModel):
    """What one request may bring."""

    max_body_mb: int = Field(2048, ge=1, description="The largest body of a submit, in MiB (base64 included).")
    max_recording_mb: int = Field(1024, ge=1, description="The largest recording, in MiB.")
    max_audio_hours: float = Field(12, gt=0, le=72, description="The longest recording, in hours of decoded audio.")
    user_gb: float = Field(0, ge=0, description="GiB of recordings that a user may keep; 0: no limit.")
    user_recordings: int = Field(0, ge=0, description="Recordings that a user may keep; 0: no limit.")
    user_audio_hours: float = Field(0, ge=0, description="Hours of audio that a user may keep; 0: no limit.")
    user_audio_hours_per_day: float = Field(
        0, ge=0, description="Hours of audio that are transcribed for a user in a day (UTC); 0: no limit."
    )
    user_tokens_per_day: int = Field(
        0,
        ge=0,
        description="Tokens that the language model may read and write for a user in a day (UTC); 0: no limit. "
        "One question about a recording takes up to about `PART_TOKENS` and `ANSWER_TOKENS` together.",
    )
    max_recordings: int = Field(10, ge=1, le=100, description="Recordings in one batch (the protocol says 10).")
    max_import_mb: int = Field(
        8192, ge=1, description="The largest vault of an import, in MiB, packed and unpacked; it is spooled to disk."
    )
    max_parallel_uploads: int = Field(8, ge=1, description="Submits that one API process reads at a time.")
    max_open_uploads: int = Field(50, ge=1, description="Unfinished resumable uploads that a user may have.")
    upload_hours: int = Field(168, ge=1, le=8760, description="A resumable upload unfinished for so long is removed.")


class EventSettings(BaseModel):
    """Live events, see `docs/events.md`."""

    origins: str = Field(
        "",
        description="Web pages of other origins that may listen, as `https://host[:port]`, separated by commas.",
    )
    heartbeat_s: float = Field(
        15, gt=0, le=60, description="After so many silent seconds a listener is told that the line is alive."
    )
    max_connections: int = Field(5_000, ge=1, description="Listeners that one API process takes.")
    max_connections_per_user: int = Field(20, ge=1, description="Of these, those of one user.")


class OutboundSettings(BaseModel):
    """Calls to addresses that users or found pages name: webhooks and sources."""

    private_hosts: str = Field(
        "",
        description="Hosts that may be called though they stand in a private network, as `name` or `name:port`, "
        "separated by commas. Everything else must be on the public internet.",
    )


class MetricsSettings(BaseModel):
    """Where Prometheus asks. Nothing set: nowhere."""

    token: SecretStr = Field(
        SecretStr(""), description="With it as its bearer token, Prometheus reads `/metrics` beside the API."
    )
    port: int = Field(
        0, ge=0, le=65_535, description="A port for metrics alone, in each API process or worker; 0: none."
    )
    host: str = Field("127.0.0.1", description="The address of that port.")


class TraceSettings(BaseModel):
    """Where traces are sent (OpenTelemetry). They name routes, steps, ids and codes, and nothing that was said."""

    endpoint: str = Field(
        "",
        description="A collector's address for OTLP over HTTP, such as `http://collector:4318/v1/traces`; "
        "empty: no traces. It needs `pip install 'ai-conspects[otel]'`.",
    )
    share: float = Field(1, ge=0, le=1, description="Of how many requests, unless their caller has decided.")


class WorkerSettings(BaseModel):
    """How steps are run."""

    lease_s: float = Field(
        60,
        ge=2,
        le=3600,
        description="A worker silent for so long loses its step; the offline speech engine is silent for seconds.",
    )
    sweep_s: float = Field(5, ge=0.5, le=300, description="How often the sweeper looks for steps nobody works on.")
    max_attempts: int = Field(3, ge=1, le=20, description="Times a step may crash before its recording is set aside.")
    patience_s: float = Field(3600, ge=0, description="How long a step waits for an engine that is away, in seconds.")
    audio_processes: int = Field(
        0,
        ge=0,
        le=64,
        description="Recordings transcribed at a time; 0: half the cores, and at most one for each 2 GiB of memory.",
    )
    other_processes: int = Field(2, ge=1, le=64, description="Processes for all other steps.")


class ClientSettings(BaseModel):
    """Whom the command line talks to, and as whom. Nothing set: this machine's own server, as a device of its own."""

    server: str = Field("", description="`http(s)://host:port` of a server elsewhere; empty: the one on this machine.")
    device_id: str = Field(
        "", description="The device whose notes are meant, such as a phone's; empty: one is made for each server."
    )
    device_secret: SecretStr = Field(SecretStr(""), description="That device's secret.")


class Settings(BaseSettings):
    """The whole configuration. `Settings()` reads the environment (and `.env` in the working folder), and the
    files that variables ending in `_FILE` name."""

    model_config = SettingsConfigDict(
        env_prefix="AI_CONSPECTS_", env_nested_delimiter="__", env_file=".env", extra="ignore", populate_by_name=True
    )

    home: Path | None = Field(None, description="The data folder; default: the user's data directory.")
    database_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="`postgresql://…` with pgvector; empty: embedded.",
    )
    database_owner_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("DATABASE_OWNER_URL", "database_owner_url"),
        description="The same database by the user who owns its tables, for `migrate`, `backup` and `restore` alone; "
        "empty: the user of `DATABASE_URL` owns them.",
    )
    redis_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        description="`redis://…`; empty: embedded.",
    )
    celery_broker_url: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("CELERY_BROKER_URL", "celery_broker_url"),
        description="The queue; empty: `REDIS_URL`.",
    )
    celery_result_backend: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("CELERY_RESULT_BACKEND", "celery_result_backend"),
        description="Taken for the protocol's sake; no result is ever stored there, the database holds them.",
    )
    s3_bucket: str = Field(
        "",
        validation_alias=AliasChoices("S3_BUCKET", "s3_bucket"),
        description="The bucket for audio; empty: the local disk, under the data folder.",
    )
    s3_access_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("S3_ACCESS_KEY", "s3_access_key"), description="Its access key."
    )
    s3_secret_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("S3_SECRET_KEY", "s3_secret_key"), description="Its secret key."
    )
    s3_endpoint: str = Field(
        "",
        validation_alias=AliasChoices("S3_ENDPOINT", "s3_endpoint"),
        description="`http(s)://host:port` of an S3-compatible server; empty: AWS.",
    )
    s3_region: str = Field(
        "us-east-1", validation_alias=AliasChoices("S3_REGION", "s3_region"), description="Its region."
    )
    openai_api_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("OPENAI_API_KEY", "openai_api_key"),
        description="OpenAI's key, for every engine that has no key and no base URL of its own.",
    )
    serpapi_key: SecretStr = Field(
        SecretStr(""), validation_alias=AliasChoices("SERPAPI_KEY", "serpapi_key"), description="Web search by SerpAPI."
    )
    jwt_secret_key: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("JWT_SECRET_KEY", "jwt_secret_key"),
        description="Signs access tokens; at least 32 bytes; empty: made on the first start of the embedded mode.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks, with commas, whose `X-Forwarded-For` says who is calling; empty: nobody's. "
        "For `serve`; uvicorn by itself has `--forwarded-allow-ips`.",
    )
    log_format: Literal["auto", "json", "console"] = Field(
        "auto", description="`auto`: console on a terminal, else JSON."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least level that is logged."
    )

    auth: AuthSettings = AuthSettings()
    rate: RateSettings = RateSettings()
    limits: LimitSettings = LimitSettings()
    speech: SpeechSettings = SpeechSettings()
    language_model: LanguageModelSettings = LanguageModelSettings()
    notes: NoteSettings = NoteSettings()
    embeddings: EmbeddingSettings = EmbeddingSettings()
    web_search: WebSearchSettings = WebSearchSettings()
    events: EventSettings = EventSettings()
    outbound: OutboundSettings = OutboundSettings()
    worker: WorkerSettings = WorkerSettings()
    metrics: MetricsSettings = MetricsSettings()
    traces: TraceSettings = TraceSettings()
    client: ClientSettings = ClientSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, files that variables name, the environment, `.env`."""
        return init_settings, FileSettingsSource(settings_cls), env_settings, dotenv_settings

    @property
    def database_app_role(self) -> str:
        """The user of `DATABASE_URL`, where another one owns the tables."""
        if not self.database_owner_url.get_secret_value():
            return ""
        return unquote(urlsplit(self.database_url.get_secret_value()).username or "")

    @property
    def events_redis_url(self) -> str:
        """The Redis of the events: `REDIS_URL`, else the queue's."""
        return self.redis_url.get_secret_value() or self.celery_broker_url.get_secret_value()
