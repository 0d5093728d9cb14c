"""The words for days, months and numbers up to thirty-one, and the patterns made of them. In small letters, no ё."""

_RUSSIAN_MONTHS = "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
_ENGLISH_MONTHS = "january february march april may june july august september october november december"
MONTHS = {
    name[:3]: at for names in (_RUSSIAN_MONTHS, _ENGLISH_MONTHS) for at, name in enumerate(names.split(), start=1)
}
"""By their first three letters."""

NEAR = {
    "сегодня": 0, "завтра": 1, "послезавтра": 2,
    "today": 0, "tonight": 0, "tomorrow": 1, "the day after tomorrow": 2,
    "end of day": 0, "end of the day": 0, "eod": 0,
}  # fmt: skip
"""Days from now."""

_WEEKDAYS = {
    "понед": 0, "вторн": 1, "сред": 2, "четв": 3, "пятн": 4, "субб": 5, "воск": 6,
    "mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip

_ORDINALS = (
    "первого второго третьего четвертого пятого шестого седьмого восьмого девятого десятого одиннадцатого двенадцатого "
    "тринадцатого четырнадцатого пятнадцатого шестнадцатого семнадцатого восемнадцатого девятнадцатого двадцатого",
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth",
)
_COUNTS = ("два три четыре пять шесть семь восемь девять десять", "two three four five six seven eight nine ten")
_NUMBERS = {
    **{word: at for words in _ORDINALS for at, word in enumerate(words.split(), start=1)},
    **{word: at for words in _COUNTS for at, word in enumerate(words.split(), start=2)},
    "тридцатого": 30, "двадцать": 20, "тридцать": 30, "thirtieth": 30, "twenty": 20, "thirty": 30,
}  # fmt: skip

_YEAR = r"(?:,? (?P<year>20\d\d)(?: года| г\.)?)?"
_SPOKEN_RU = rf"(?:(?:двадцать|тридцать) )?(?:{'|'.join(_ORDINALS[0].split())}|тридцатого)"
_SPOKEN_EN = rf"(?:(?:twenty|thirty)[ -])?(?:{'|'.join(_ORDINALS[1].split())}|thirtieth)"
_FIGURE_EN = r"\d{1,2}(?:st|nd|rd|th)?"
_MONTHS_EN = _ENGLISH_MONTHS.replace(" ", "|")

RUSSIAN_DAY_OF_MONTH = (
    rf"(?P<day>\d{{1,2}}(?:-?(?:го|ое|е))?|{_SPOKEN_RU}) (?P<month>{_RUSSIAN_MONTHS.replace(' ', '|')}){_YEAR}"
)
ENGLISH_DAY_OF_MONTH = rf"(?:the )?(?P<day>{_FIGURE_EN}|{_SPOKEN_EN})(?: of)? (?P<month>{_MONTHS_EN}){_YEAR}"
ENGLISH_MONTH_AND_DAY = rf"(?P<month>{_MONTHS_EN}) (?:the )?(?P<day>{_FIGURE_EN}|{_SPOKEN_EN}){_YEAR}"

_OTHER_RU = r"следующ\p{L}+|прошл\p{L}+|кажд\p{L}+|ближайш\p{L}+|друг\p{L}+"
RUSSIAN_WEEKDAY = (
    rf"(?:(?:в|во|до|к|ко|на|с|со|по) )?(?:эт(?:у|от|ой|ого|ому|о) )?(?P<which>(?:{_OTHER_RU}) )?"
    r"(?P<weekday>понедельник(?:а|у)?|вторник(?:а|у)?|сред[уы]|(?<=ко? )среде|"
    r"четверг(?:а|у)?|пятниц[уые]|суббот[уые]|воскресень[еяю])"
)
ENGLISH_WEEKDAY = (
    r"(?:(?:by|on|until|till|before|for) )?(?:this )?(?P<which>(?:next|last|every|another|the following) )?"
    r"(?P<weekday>monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
RUSSIAN_UNSURE = (
    rf"(?:через (?:\p{{L}}+ )?(?:неделю|недели|недель|месяц|месяца)|(?:до|к|ко) конц[ау] (?:недели|года)"
    rf"|(?:до|к|ко) (?:\d{{1,2}}(?:-го|-му)?|{_SPOKEN_RU}) числа"
    r"|на (?:этой|следующей|будущей) неделе|в (?:следующем|будущем|этом) месяце)"
)
ENGLISH_UNSURE = (
    r"(?:in (?:a|one|two|three|\d) (?:weeks?|months?)|(?:by|before|until|at) the end of (?:the|this) (?:week|year)"
    r"|(?:this|next) (?:week|month))"
)


def number(text: str) -> int | None:
    """The number from 1 to 31 that stands in figures or words (`5-го`, `двадцать пятого`, `twenty-first`)."""
    figures = "".join(letter for letter in text if letter.isdigit())
    if figures:
        value = int(figures)
    else:
        parts = text.replace("-", " ").split()
        if any(part not in _NUMBERS for part in parts):
            return None
        value = sum(_NUMBERS[part] for part in parts)
    return value if 1 <= value <= 31 else None


def weekday(name: str) -> int:
    """Monday is 0."""
    return next(at for beginning, at in _WEEKDAYS.items() if name.startswith(beginning))
