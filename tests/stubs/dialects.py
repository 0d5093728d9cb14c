"""What real model servers tell of themselves, by path: as their documentation shows it, shortened."""

from typing import Any

from tests.stubs.openai_server import OpenAIServer

Pages = dict[str, Any]

VLLM: Pages = {"/v1/models": {"data": [{"id": "other", "max_model_len": 1}, {"id": "stub", "max_model_len": 32_768}]}}

LLAMA_CPP: Pages = {
    "/v1/models": {"data": [{"id": "stub", "owned_by": "llamacpp", "meta": {"n_ctx_train": 131_072}}]},
    "/props": {"default_generation_settings": {"n_ctx": 6_144}, "total_slots": 2, "model_path": "m.gguf"},
}

LM_STUDIO: Pages = {
    "/api/v0/models": {
        "data": [{"id": "stub", "type": "llm", "loaded_context_length": 12_288, "max_context_length": 131_072}]
    },
}


def openrouter(*parameters: str) -> Pages:
    """A model whose provider takes these parameters."""
    provider = {"context_length": 65_536, "max_completion_tokens": 2_000}
    entry = {
        "id": "stub",
        "context_length": 131_072,
        "top_provider": provider,
        "supported_parameters": [*parameters, "max_tokens"],
    }
    return {"/v1/models": {"data": [entry]}}


def ollama(*, loaded: int | None = None, after_loading: int | None = None, num_ctx: int | None = None) -> Pages:
    """`loaded`: the context of the running model; `after_loading`: what it has once it was loaded."""

    def running(stub: OpenAIServer) -> Any:
        context = after_loading if "/api/generate" in stub.probes else loaded
        models = [{"name": "other:latest", "context_length": 9}]
        if context is not None:
            models.append({"name": "stub:latest", "context_length": context})
        return {"models": models}

    shown: dict[str, Any] = {"model_info": {"general.architecture": "qwen3", "qwen3.context_length": 40_960}}
    if num_ctx is not None:
        shown["parameters"] = f"temperature    0.6\nnum_ctx    {num_ctx}\nstop    <|im_end|>"
    return {
        "/v1/models": {"data": [{"id": "stub", "owned_by": "library"}]},
        "/api/show": shown,
        "/api/ps": running,
        "/api/generate": {"done": True, "done_reason": "load"},
    }


OLLAMA_CLOUD: Pages = ollama() | {
    "/api/show": {"remote_host": "https://ollama.com", "model_info": {"gptoss.context_length": 131_072}}
}
