"""How two notes belong together, by rules and without a model: each rule says so with the words that show it, or not.

The rules look at words: they know no synonyms, and what they call a contradiction is only said twice and differently.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from ai_conspects.models.note_relationship import RelationshipType
from ai_conspects.relationships import definitions, series
from ai_conspects.relationships.reading import Reading, Statement, contained, shared

REPEATED = 0.62
"""The share of each note that the other must have as well to repeat it."""
PART = 0.72
"""The share of the smaller note that the larger must have as well to contain it."""
LARGER = 1.7
"""So many times as much must the larger one say."""
SAME_STATEMENT = 0.7
"""The share of the shorter of two statements that the longer must have, for them to be about the same."""
LEAST_TERMS = 2
"""Things that two statements about the same must both name."""


@dataclass(frozen=True)
class Finding:
    """A relationship of the older with the newer note. `from_older`: it leads from the older to the newer; None where
    it holds both ways. `older` and `newer` are the words that show it; `strength` is 0 to 1."""

    type: RelationshipType
    strength: float
    older: str
    newer: str
    from_older: bool | None = None


def judge(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """The most telling rule that holds, None where none does. `likeness`: how much both are about the same, 0 to 1."""
    for rule in (contradicts, repeats, continues, part_of, prerequisite, related):
        found = rule(older, newer, likeness)
        if found is not None:
            return found
    return None


def contradicts(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """Both say the same of the same thing, with another number or date, or one of them with a “not”."""
    best: tuple[float, Statement, Statement] | None = None
    for one, other in product(older.clauses, newer.clauses):
        same = _same(one, other)
        if same >= SAME_STATEMENT and _differ(one, other) and (best is None or same > best[0]):
            best = (same, one, other)
    return best and Finding(RelationshipType.CONTRADICTS, min(1.0, best[0]), best[1].text, best[2].text)


def repeats(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """Each says nearly all that the other says."""
    both = min(contained(older.terms, newer.terms), contained(newer.terms, older.terms))
    return _finding(RelationshipType.REPEATS, both, older, newer) if both >= REPEATED else None


def continues(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """The newer one says that it goes on, or is the next of a series, and has something in common with the older."""
    told = series.goes_on(older, newer)
    if told is None or not shared(newer.terms, older.terms):
        return None
    return Finding(RelationshipType.CONTINUES, told.strength, told.older, told.newer, from_older=False)


def part_of(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """Nearly all of the one is said in the other, which says a good deal more."""
    small, large = sorted((older, newer), key=lambda one: one.weight)
    inside = contained(small.terms, large.terms)
    if inside < PART or large.weight < LARGER * small.weight:
        return None
    return _finding(RelationshipType.PART_OF, inside, older, newer, from_older=small is older)


def prerequisite(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """The older one says what something is; the newer, which is about something else, makes use of it."""
    for term, definition in definitions.defined(older):
        use = definitions.use(term, newer)
        if use is not None:
            return Finding(RelationshipType.PREREQUISITE, term.weight, definition, use, from_older=True)
    return None


def related(older: Reading, newer: Reading, likeness: float) -> Finding | None:
    """Both are about the same."""
    return _finding(RelationshipType.RELATED, likeness, older, newer)


def _finding(
    kind: RelationshipType, strength: float, older: Reading, newer: Reading, *, from_older: bool | None = None
) -> Finding | None:
    """With the two sentences that have most in common; None where no two have anything."""
    pairs = product(older.sentences, newer.sentences)
    one, other = max(pairs, key=lambda pair: shared(pair[0].terms, pair[1].terms))
    if not shared(one.terms, other.terms):
        return None
    return Finding(kind, min(1.0, strength), one.text, other.text, from_older)


def _same(one: Statement, other: Statement) -> float:
    """How far two statements are about the same, 0 to 1: the share of the shorter one, if they name enough."""
    if len(one.terms.keys() & other.terms.keys()) < LEAST_TERMS:
        return 0.0
    return max(contained(one.terms, other.terms), contained(other.terms, one.terms))


def _differ(one: Statement, other: Statement) -> bool:
    """Other values on both sides, or the same with and without a “not”."""
    if one.is_negated == other.is_negated:
        return bool(one.values - other.values and other.values - one.values)
    return one.values == other.values and len(one.terms.keys() & other.terms.keys()) > LEAST_TERMS


def common_terms(older: Reading, newer: Reading) -> Iterator[str]:
    """What both speak of, the most telling first."""
    weights = {term: min(older.terms[term], newer.terms[term]) for term in older.terms.keys() & newer.terms.keys()}
    yield from sorted(weights, key=lambda term: (-weights[term], term))
