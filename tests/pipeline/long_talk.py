"""A talk of hours, as subtitles: sentences that nobody cares for, and in their midst those that a test plants."""

from collections.abc import Mapping

_PARTS = (
    ("The driver", "A gardener", "The old teacher", "My neighbour", "The young engineer", "A sailor", "The baker"),
    ("talked about", "looked at", "wondered about", "walked around", "kept thinking of", "described", "remembered"),
    ("the quiet harbour", "a wooden bridge", "the narrow street", "an open window", "the green valley", "a clock"),
    ("for a good while", "without any hurry", "as on every morning", "with some pleasure", "in the soft light"),
)

SECONDS_EACH = 6


def talk(hours: float, planted: Mapping[float, str]) -> str:
    """SubRip of so many hours, a sentence every six seconds. `planted`: second → sentence that is said then."""
    count = int(hours * 3600 / SECONDS_EACH)
    said = [_sentence(number) for number in range(count)]
    for second, sentence in planted.items():
        said[int(second / SECONDS_EACH)] = sentence
    return "\n".join(
        f"{at + 1}\n{_time(at * SECONDS_EACH)} --> {_time((at + 1) * SECONDS_EACH)}\n{text}\n"
        for at, text in enumerate(said)
    )


def _sentence(number: int) -> str:
    parts = []
    for choices in _PARTS:
        number, at = divmod(number * 7 + 3, len(choices))
        parts.append(choices[at])
    return " ".join(parts) + "."


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},000"
