"""Which embeddings are of one speaker: agglomerative clustering by average cosine, for thousands of segments.

Average linkage never grows by a merge, so following nearest neighbours finds the same clusters as always merging the
nearest two, in quadratic time (Murtagh 1983); a pair that isn't alike enough can then be left for good.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Rules:
    """`similarity` is the mean cosine from which on two groups are one speaker; it depends on the model.

    Groups are made of segments of `seed_s` and more, `most_seeds` of them at most (the longest), since a short one says
    little about its voice; a group with less than `min_speech_s` of speech is nobody's.
    """

    similarity: float = 0.5
    seed_s: float = 1.5
    min_speech_s: float = 3.0
    most_seeds: int = 3_000


def speakers(embeddings: Matrix, seconds: NDArray[np.float64], rules: Rules) -> list[int | None]:
    """A speaker's number for each row of `embeddings`, from 0 in order of appearance; None where none is alike enough.

    Rows have length 1, or are zeros where nothing is known. `seconds` is how much speech each stands for. Segments
    outside the groups go to the speaker whose mean is nearest, if it is as near as `similarity`.
    """
    known = np.flatnonzero(np.abs(embeddings).sum(axis=1) > 0)
    if not len(known):
        return [None] * len(embeddings)
    seeds = _seeds(known, seconds, rules)
    groups = [seeds[group] for group in _groups(embeddings[seeds], seconds[seeds], rules.similarity)]
    kept = _kept(groups, seconds, rules.min_speech_s)
    means = np.stack([_mean(embeddings[group], seconds[group]) for group in kept])
    found = np.full(len(embeddings), -1)
    near = embeddings[known] @ means.T
    found[known] = np.where(near.max(axis=1) >= rules.similarity, near.argmax(axis=1), -1)
    for number, group in enumerate(kept):
        found[group] = number
    return _in_order(found.tolist())


def _seeds(known: NDArray[np.intp], seconds: NDArray[np.float64], rules: Rules) -> NDArray[np.intp]:
    """The rows that groups are made of: all where none is long enough."""
    long = known[seconds[known] >= rules.seed_s]
    seeds = long if len(long) else known
    longest = np.argsort(-seconds[seeds], kind="stable")[: rules.most_seeds]
    return np.sort(seeds[longest])


def _kept(groups: list[NDArray[np.intp]], seconds: NDArray[np.float64], least: float) -> list[NDArray[np.intp]]:
    """Those with enough speech; where none has, the one with the most, for somebody did speak."""
    enough = [group for group in groups if seconds[group].sum() >= least]
    return enough or [max(groups, key=lambda group: float(seconds[group].sum()))]


def _mean(rows: Matrix, weights: NDArray[np.float64]) -> Matrix:
    mean = (rows * weights[:, np.newaxis]).sum(axis=0)
    unit: Matrix = (mean / max(float(np.linalg.norm(mean)), 1e-9)).astype(np.float32)
    return unit


def _groups(rows: Matrix, seconds: NDArray[np.float64], similarity: float) -> list[list[int]]:
    """The rows' indices by group. A chain runs from neighbour to nearer neighbour until two are each other's."""
    alike = rows @ rows.T
    alike = np.maximum(alike, alike.T)  # each other's to the last bit, or a chain might never end
    np.fill_diagonal(alike, -np.inf)
    weights = seconds.copy()
    groups: list[list[int]] = [[index] for index in range(len(rows))]
    todo = set(range(len(rows)))
    chain: list[int] = []
    done: list[list[int]] = []
    while todo:
        if not chain:
            chain.append(min(todo))
        last = chain[-1]
        before = chain[-2] if len(chain) > 1 else None
        nearest = int(alike[last].argmax())
        if before is not None and alike[last, before] >= alike[last, nearest]:
            nearest = before  # of two that are as near, the one it came from, or the chain would run in a circle
        if alike[last, nearest] < similarity:
            done.append(sorted(groups[last]))
            todo.discard(chain.pop())
            alike[last], alike[:, last] = -np.inf, -np.inf
        elif nearest == before:
            _merge(alike, weights, last, nearest)
            groups[nearest] += groups[last]
            todo.discard(last)
            del chain[-2:]
        else:
            chain.append(nearest)
    return done


def _merge(alike: Matrix, weights: NDArray[np.float64], gone: int, kept: int) -> None:
    """Make two rows one, whose likeness to each other row is the mean of theirs by weight."""
    total = weights[gone] + weights[kept]
    merged = (alike[gone] * weights[gone] + alike[kept] * weights[kept]) / total
    alike[kept], alike[:, kept] = merged, merged
    alike[gone], alike[:, gone], alike[kept, kept] = -np.inf, -np.inf, -np.inf
    weights[kept] = total


def _in_order(found: list[int]) -> list[int | None]:
    numbers: dict[int, int] = {}
    return [numbers.setdefault(one, len(numbers)) if one >= 0 else None for one in found]
