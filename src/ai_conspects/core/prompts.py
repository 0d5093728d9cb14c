"""Prompts are files: `<name>.<language>.md` in a package, with `$fields`. Text that isn't ours goes into a fence."""

import secrets
from functools import cache
from importlib.resources import files
from string import Template

FALLBACK_LANGUAGE = "en"


@cache
def prompt(package: str, name: str, language: str) -> Template:
    """The prompt in that language (a BCP 47 tag), in English where there is none."""
    folder = files(package)
    own = folder / f"{name}.{language.split('-')[0]}.md"
    chosen = own if own.is_file() else folder / f"{name}.{FALLBACK_LANGUAGE}.md"
    return Template(chosen.read_text(encoding="utf-8"))


def fenced(kind: str, text: str) -> str:
    """Data between tags that the data can't know, so that nothing said in it can close them."""
    tag = f"{kind}-{secrets.token_hex(8)}"
    return f"<{tag}>\n{text}\n</{tag}>"


def estimated_tokens(text: str) -> int:
    """About how many tokens a model makes of the text: a third of its UTF-8 bytes, which errs to the safe side."""
    return len(text.encode("utf-8", "replace")) // 3 + 1
