"""`ask`: one question to one's notes, or a conversation with them."""

from rich.console import Console

from ai_conspects.cli.client import Client
from ai_conspects.cli.reading import print_json
from ai_conspects.cli.showing import show_answer


def ask(api: Client, console: Console, question: str, *, conversation_id: str | None, as_json: bool) -> bool:
    """Print the answer; whether the notes have one."""
    answer = api.ask(question, conversation_id)
    if as_json:
        print_json(console, answer)
    else:
        show_answer(console, question, answer)
        console.print(f"[dim]ask on with --conversation {answer['conversation_id']}[/]", soft_wrap=True)
    return bool(answer["response"]["found"])


def converse(api: Client, console: Console, conversation_id: str | None) -> None:
    """Question after question, until an empty one or the end of the input."""
    while question := _typed(console):
        answer = api.ask(question, conversation_id)
        conversation_id = answer["conversation_id"]
        show_answer(console, None, answer)


def _typed(console: Console) -> str:
    try:
        return console.input("[bold]? [/]").strip()
    except EOFError:
        return ""
