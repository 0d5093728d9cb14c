"""The settings of the engines: speech, language, embeddings, web search, and the notes that they make."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, SecretStr

ServerKey = Annotated[
    SecretStr, Field(description="Its key. Empty: `OPENAI_API_KEY` for OpenAI's own server, none for others.")
]


class SpeechSettings(BaseModel):
    """Speech to text."""

    engine: Literal["auto", "openai", "faster-whisper", "onnx", "pocketsphinx"] = Field(
        "auto",
        description="`auto` takes `openai` when it has a key or a base URL, "
        "else what is on this machine for the language: `onnx`, `faster-whisper`, `pocketsphinx` (English only).",
    )
    base_url: str = Field(
        "", description="An OpenAI-compatible server with `/audio/transcriptions`; empty: OpenAI's own."
    )
    api_key: ServerKey = SecretStr("")
    model: str = Field("whisper-1", description="The model to ask an OpenAI-compatible server for.")
    whisper_model: str = Field(
        "",
        description="For `faster-whisper`: a size (`small`, `turbo`, `large-v3`), a repository of Hugging Face's, "
        "or a folder; empty: `small`, which `auto` takes only if it has been fetched.",
    )
    onnx_model: str = Field(
        "",
        description="For `onnx`: a model's name; empty: `gigaam-v3-e2e-ctc` (Russian), "
        "which `auto` takes only if it has been fetched.",
    )
    onnx_folder: str = Field("", description="The folder with that model's files; empty: Hugging Face's cache.")
    onnx_precision: Literal["full", "int8"] = Field(
        "full", description="Which of that model's files; those in `int8` are smaller and faster."
    )
    device: Literal["auto", "cpu", "cuda"] = Field(
        "auto", description="Where `faster-whisper` works; `auto`: on a GPU if CTranslate2 sees one."
    )
    checkpoint_s: float = Field(60, ge=5, le=600, description="Seconds of audio between checkpoints.")
    speaker_model: str = Field(
        "",
        description="The path of an ONNX model of voices (see `docs/speech.md`), to tell speakers apart; "
        "empty: nobody is told apart. It needs `pip install 'ai-conspects[speakers]'`.",
    )
    speaker_similarity: float = Field(
        0.5,
        gt=0,
        lt=1,
        description="From which mean cosine of that model's embeddings on two stretches are one speaker; "
        "lower: fewer speakers.",
    )


class LanguageModelSettings(BaseModel):
    """Who writes the notes and the answers."""

    engine: Literal["auto", "openai", "extractive"] = Field(
        "auto", description="`auto` takes `openai` when it has a key or a base URL, else the offline extractive engine."
    )
    base_url: str = Field(
        "", description="An OpenAI-compatible server (Ollama, vLLM, llama.cpp, …); empty: OpenAI's own."
    )
    api_key: ServerKey = SecretStr("")
    model: str = Field("gpt-4o-mini", description="The model to ask for.")
    context_tokens: int = Field(
        0,
        ge=0,
        description="What the model can read at once, in tokens; 0: what its server says, 16000 where it says nothing.",
    )
    timeout_s: float = Field(120, gt=0, description="How long one answer may take, in seconds.")
    part_tokens: int = Field(
        8_000,
        ge=500,
        description="A recording longer than this is read in parts, along its topics, whose facts become one set of "
        "notes; in tokens, and at most six tenths of what the model can read.",
    )
    answer_tokens: int = Field(6_000, ge=500, description="The longest answer that is asked for, in tokens.")
    parallel_calls: int = Field(2, ge=1, le=32, description="Parts of one recording that are asked about at a time.")


class NoteSettings(BaseModel):
    """How claims of a note are checked against what was said."""

    unsupported: Literal["mark", "drop"] = Field(
        "mark", description="What becomes of a claim that the words cited don't bear out."
    )
    least_support: float = Field(
        0.4, ge=0, le=1, description="The least share of a claim's telling words that must have been said."
    )
    entailment: Literal["off", "doubtful", "all"] = Field(
        "off",
        description="Ask the language model whether the words bear a claim out: `doubtful` asks where too few words "
        "are the same, `all` of every claim that isn't word for word.",
    )
    check_relationships: bool = Field(
        False,
        description="Ask the language model whether the relationships that the rules find between a new recording's "
        "notes and others hold; those that it denies are left out.",
    )


class EmbeddingSettings(BaseModel):
    """Vectors for search and relationships."""

    engine: Literal["auto", "openai", "onnx", "hashed"] = Field(
        "auto",
        description="`auto` takes `openai` when it has a key or a base URL, else `onnx` when it has a folder, "
        "else the offline hashed engine.",
    )
    onnx_folder: str = Field(
        "",
        description="For `onnx`: the folder of a sentence encoder (`model.onnx`, `tokenizer.json`), such as "
        "multilingual-e5-small. It needs `pip install 'ai-conspects[embeddings]'`.",
    )
    base_url: str = Field("", description="An OpenAI-compatible server with `/embeddings`; empty: OpenAI's own.")
    api_key: ServerKey = SecretStr("")
    model: str = Field("text-embedding-3-small", description="The model to ask for.")
    dimensions: int = Field(
        384, ge=64, le=2000, description="Length of a vector; fixed when the database is made (the protocol's is 1536)."
    )


class WebSearchSettings(BaseModel):
    """Where sources are looked up. None configured: the step is skipped and says so.

    What is asked are key phrases of the recording, never its sentences; only recordings whose owner wants research.
    """

    engine: Literal["auto", "none", "searxng", "tavily", "brave", "serpapi", "zim"] = Field(
        "auto",
        description="`auto` takes the first of `searxng`, `tavily`, `brave`, `serpapi` that has its URL or key, "
        "and beside it `zim` where files are named.",
    )
    searxng_url: str = Field("", description="A SearXNG server whose `search.formats` list `json`.")
    brave_api_key: SecretStr = Field(SecretStr(""), description="Web search by Brave.")
    tavily_api_key: SecretStr = Field(SecretStr(""), description="Web search by Tavily.")
    zim_files: str = Field(
        "",
        description="Paths of ZIM files with a full-text index (an encyclopedia of Kiwix's), with commas between; "
        "needs `pip install 'ai-conspects[encyclopedia]'`.",
    )
    min_relevance: float = Field(
        0.7, ge=0, le=1, description="Results less relevant than this to the recording are dropped."
    )
    max_queries: int = Field(2, ge=1, le=10, description="Searches for one recording.")
    searches_per_day: int = Field(
        100, ge=0, description="Searches for one user in 24 hours; then research waits for nobody and is skipped."
    )
    cache_days: int = Field(7, ge=0, le=365, description="How long what a search found is not searched for again.")
    patience_s: float = Field(
        600, ge=0, description="How long a recording waits for a search engine that is away; then it goes on without."
    )
    fetch_pages: bool = Field(
        False, description="Whether found pages are fetched, for quotes better than the search engine's snippets."
    )
    max_page_kb: int = Field(1024, ge=16, le=16_384, description="The most that is read of a page, in KiB.")
