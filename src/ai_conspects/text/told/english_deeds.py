"""What obliges in English, and to what."""

from collections.abc import Sequence

import regex

from ai_conspects.text.lists import listed

_DEEDS, _TALK = listed("deeds.en"), listed("talk.en")
_OF_THE_MOMENT, _WITH_A_DAY = listed("deeds-of-the-moment.en"), listed("deeds-with-a-day.en")
_ADVERBS = (
    r"(?: (?:also|just|all|both|then|probably|definitely|really|still|please|first|each|quickly|to|go and|try to|and))*"
)
_MODAL = r"(?:will|need to|needs to|have to|has to|must|should|gotta|ought to|promised to|agreed to)"
_OURS = regex.compile(
    rf"\b(?:let's|let us|(?:i|we) {_MODAL}|(?:i|we)'ll|please|don't forget to|remember to|make sure to|"
    rf"(?:can|could) you|"
    rf"(?:i am|we are|i'm|we're) (?:going to|gonna|supposed to)|action item(?: is)?(?: to)?){_ADVERBS} (?P<deed>\w+)"
)
_THEIRS = regex.compile(
    rf"\b(?:\w+ {_MODAL}|(?:you|he|she|they)'ll|(?:is|are|you're|he's|she's|they're) (?:going to|supposed to)|"
    rf"wants? you to|asked \w+ to){_ADVERBS} (?P<deed>\w+)"
)
_IMPERATIVE = regex.compile(
    rf"^(?:\w+ )?{_ADVERBS}(?P<deed>\w+) (?:me|us|him|her|them|the|a|an|it|your|this|that|my|our)\b"
)
_PAST = regex.compile(r"\b(?:had to|should have|needed to|would have|could have|if (?:i|we|you|he|she|they))\b")
_TASK = regex.compile(r"\b(?:action item|deadline (?:is|for)|homework|(?:is|are) due)\b")
_ASKS = regex.compile(r"\b(?:can|could) you\b")


def obliges(said: Sequence[str], text: str, is_dated: bool) -> bool:
    """Whether the folded words hand out or take on a piece of work; `is_dated`: a day was named."""
    joined = " ".join(said)
    if _TASK.search(joined) and (is_dated or "action item" in joined):
        return True
    if _PAST.search(joined) or (text.rstrip().endswith("?") and not _ASKS.search(joined)):
        return False
    ours = [match["deed"] for match in _OURS.finditer(joined)]
    if not is_dated:
        return any(deed in _DEEDS - _OF_THE_MOMENT for deed in ours)
    theirs = [match["deed"] for match in (*_THEIRS.finditer(joined), *_IMPERATIVE.finditer(joined))]
    return any(deed in _DEEDS or deed in _WITH_A_DAY or _is_other(deed) for deed in ours) or any(
        deed in _DEEDS for deed in theirs
    )


def _is_other(deed: str) -> bool:
    return deed not in _TALK and len(deed) > 3 and not deed.endswith(("ing", "ed", "ly"))
