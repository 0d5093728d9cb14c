"""`models pull`: brings a speech model to this machine, so that no recording waits for it or needs a network."""

from typing import Annotated, Literal

import typer
from rich.console import Console

from ai_conspects.engines.speech_to_text import faster_whisper_model, onnx_models
from ai_conspects.engines.speech_to_text.onnx import OnnxEngine

app = typer.Typer(no_args_is_help=True, help="Speech models on this machine.")
console = Console()


@app.callback()
def models() -> None:
    """Speech models on this machine."""


@app.command()
def pull(
    name: Annotated[str, typer.Argument(help="small, turbo, gigaam-v3-e2e-ctc, …, or a repository of Hugging Face's")],
    precision: Annotated[Literal["full", "int8"], typer.Option(help="Which files of an ONNX model.")] = "full",
) -> None:
    """Download a speech model into Hugging Face's cache; what was broken off goes on where it stood."""
    if name in onnx_models.MODELS:
        OnnxEngine(name, quantization="int8" if precision == "int8" else "").fetch()
    else:
        faster_whisper_model.fetched(f"faster-whisper:{name}", name, shown=True)
    console.print(f"{name} is on this machine.")
