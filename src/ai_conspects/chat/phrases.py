"""What the server itself says in an answer, in the languages that it speaks."""

_PHRASES = {
    "ru": {
        "found": "Нашлось в ваших заметках:",
        "not_found": "Об этом в ваших заметках ничего нет.",
        "missing": "О следующем заметки молчат: {words}.",
        "no_notes": "Заметок, в которых можно искать, нет.",
        "open": "Открыть «{title}»",
        "keep": "Сохранить ответ заметкой",
        "search": "Искать: {words}",
        "retry": "Обработать ещё раз то, что не удалось",
    },
    "en": {
        "found": "Found in your notes:",
        "not_found": "Your notes say nothing about this.",
        "missing": "The notes don't mention: {words}.",
        "no_notes": "There are no notes to look in.",
        "open": "Open “{title}”",
        "keep": "Keep this answer as a note",
        "search": "Search for: {words}",
        "retry": "Process again what has failed",
    },
}


def phrase(name: str, language: str, **values: str) -> str:
    """The phrase in that language (a BCP 47 tag), in English where there is none."""
    return _PHRASES.get(language.split("-")[0], _PHRASES["en"])[name].format(**values)
