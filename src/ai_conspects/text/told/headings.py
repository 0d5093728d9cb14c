"""The heading of what is to be done, in a note's language."""

from ai_conspects.text.languages import base

_TO_DO = {
    "ar": "المهام", "de": "Aufgaben", "en": "Action items", "es": "Tareas", "fr": "À faire",
    "hi": "कार्य", "it": "Da fare",
    "ja": "やること", "pl": "Do zrobienia", "pt": "Tarefas", "ru": "Что сделать",
    "tr": "Yapılacaklar", "uk": "Що зробити",
    "zh": "待办事项",
}  # fmt: skip


def to_do(language: str) -> str:
    """In English where the language isn't known here."""
    return _TO_DO.get(base(language), _TO_DO["en"])
