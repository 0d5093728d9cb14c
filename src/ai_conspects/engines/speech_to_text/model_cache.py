"""Says whether a model lies in Hugging Face's cache on this machine. It imports nothing of theirs: that takes a second.

The layout and the variables are documented: https://huggingface.co/docs/huggingface_hub/guides/manage-cache
"""

import os
from pathlib import Path


def holds(repository: str, pattern: str) -> bool:
    """Whether a file that matches has come whole (an unfinished one has another name)."""
    folder = _root() / f"models--{repository.replace('/', '--')}" / "snapshots"
    return any(file.is_file() for file in folder.glob(f"*/{pattern}"))


def _root() -> Path:
    """Where Hugging Face's own client looks."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if named:
        return Path(named).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.environ.get("HF_HOME") or f"{cache}/huggingface").expanduser() / "hub"
