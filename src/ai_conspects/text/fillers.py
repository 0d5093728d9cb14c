"""Speech that says nothing: hesitations, nods, and sentences that hold nothing else."""

from ai_conspects.text.words import is_stop_word, words

_HESITATIONS = (
    "эм эмм ээ эээ мм ммм хм угу ага ну вот короче типа значит собственно слушай слушайте ладно окей ой блин "
    "um umm uh uhh uhm hmm hm mm mmm mhm yeah yep yup nope okay ok oh ah huh right sure well alright gonna wanna "
    "kinda sorta gotta hey wow basically actually oops whoa cool anyway äh ähm naja euh ben bah"
)
FILLERS = frozenset(_HESITATIONS.split())


def says_little(text: str, language: str) -> bool:
    """Whether a sentence is a nod, a hesitation, or too broken to stand alone: under three words that say something,
    of which at least two must differ."""
    telling = [word for word in words(text) if word not in FILLERS and not is_stop_word(word, language)]
    if _spaceless(text):
        return len(text) < 6
    return len(set(telling)) < 2 or len(words(text)) < 4


def _spaceless(text: str) -> bool:
    """Whether spaces don't part the words, so that they can't be counted."""
    return (len(text) > 12 and " " not in text.strip()) or any("぀" <= letter <= "鿿" for letter in text)
