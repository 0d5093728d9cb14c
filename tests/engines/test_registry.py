"""Which engines the settings lead to, and whether the reasons say so."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from ai_conspects.core.engine_settings import EmbeddingSettings, LanguageModelSettings, SpeechSettings
from ai_conspects.core.settings import Settings
from ai_conspects.engines.registry import build, describe
from tests.stubs.openai_server import openai_server

KEY = SecretStr("sk-canary")
URL = "http://user:canary@127.0.0.1:9/v1"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "SERPAPI_KEY", "S3_BUCKET"):
        monkeypatch.delenv(name, raising=False)


def made(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)


def engines(settings: Settings) -> dict[str, str]:
    return {choice.kind: choice.engine for choice in describe(settings)}


OFFLINE = {
    "speech": "pocketsphinx",
    "language_model": "extractive",
    "embeddings": "hashed",
    "web_search": "none",
    "store": "local",
}


@pytest.mark.parametrize(
    ("given", "differs"),
    [
        ({}, {}),
        ({"openai_api_key": KEY}, {"speech": "openai", "language_model": "openai", "embeddings": "openai"}),
        ({"speech": SpeechSettings(api_key=KEY)}, {"speech": "openai"}),
        ({"language_model": LanguageModelSettings(base_url=URL)}, {"language_model": "openai"}),
        ({"embeddings": EmbeddingSettings(base_url=URL)}, {"embeddings": "openai"}),
        (
            {"openai_api_key": KEY, "language_model": LanguageModelSettings(engine="extractive")},
            {"speech": "openai", "embeddings": "openai"},
        ),
        ({"speech": SpeechSettings(engine="openai")}, {"speech": "openai"}),
        ({"serpapi_key": KEY}, {"web_search": "serpapi"}),
        ({"s3_bucket": "audio"}, {"store": "s3"}),
    ],
)
def test_auto_takes_what_is_at_hand(given: dict[str, Any], differs: dict[str, str]) -> None:
    assert engines(made(**given)) == OFFLINE | differs


def test_the_reasons_are_sentences_without_secrets() -> None:
    settings = made(
        openai_api_key=KEY, serpapi_key=KEY, s3_bucket="b", language_model=LanguageModelSettings(base_url=URL)
    )
    for choice in [*describe(settings), *describe(made())]:
        assert choice.why.endswith(".")
        assert "canary" not in choice.why


def test_without_settings_everything_works_offline(tmp_path: Path) -> None:
    built = build(made(), tmp_path)
    assert built.language_model.name == "extractive"
    assert built.embeddings.dimensions == 384
    assert built.web_search is None
    built.store.check()
    assert (tmp_path / "objects").is_dir()


def test_with_keys_and_a_bucket_servers_do_the_work(tmp_path: Path) -> None:
    settings = made(openai_api_key=KEY, serpapi_key=KEY, s3_bucket="audio", s3_endpoint="http://127.0.0.1:9")
    built = build(settings, tmp_path)
    assert built.speech.name == "openai:whisper-1"
    assert built.language_model.name == "openai:gpt-4o-mini"
    assert built.embeddings.model == "openai:text-embedding-3-small@384"
    assert built.web_search is not None
    assert built.store.name == "s3:audio"
    assert list(tmp_path.iterdir()) == []


def test_openais_key_goes_to_no_server_but_openais(tmp_path: Path) -> None:
    with openai_server() as server:
        local = made(openai_api_key=KEY, embeddings=EmbeddingSettings(base_url=server.url))
        build(local, tmp_path).embeddings.embed(["text"], kind="query")
        own = EmbeddingSettings(base_url=server.url, api_key=SecretStr("its own"))
        build(made(openai_api_key=KEY, embeddings=own), tmp_path).embeddings.embed(["text"], kind="query")
        assert [sent["authorization"] for sent in server.headers] == ["Bearer none", "Bearer its own"]
