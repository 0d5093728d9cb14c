"""How well the check of claims tells true ones from false: precision and recall by threshold, and by kind of fault.

python -m bench.claims [--wrong]     # --wrong shows what it gets wrong at the default threshold
"""

import sys
from collections import defaultdict

from tests.text.checking.cases import Case, cases

from ai_conspects.text.checking.check import LEAST_SUPPORT, check


def passes(case: Case, least: float) -> bool:
    """Whether the check lets the claim stand."""
    return not check(case.claim, case.evidence, case.language, least).doubts


def figures(found: list[Case], least: float) -> tuple[float, float]:
    """Precision and recall of what passes: of claims let through, the true ones; of true ones, those let through."""
    passed = [case for case in found if passes(case, least)]
    right = sum(case.holds for case in passed)
    return right / max(1, len(passed)), right / sum(case.holds for case in found)


def main() -> None:
    """Print the tables."""
    found = cases()
    print(f"{len(found)} claims, {sum(case.holds for case in found)} of them true\n")
    print("| least support | precision ru | recall ru | precision en | recall en |\n|---|---|---|---|---|")
    for least in (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8):
        rows = [figures([case for case in found if case.language == language], least) for language in ("ru", "en")]
        print(f"| {least} | " + " | ".join(f"{value:.3f}" for row in rows for value in row) + " |")
    caught: dict[str, list[bool]] = defaultdict(list)
    for case in found:
        if not case.holds:
            caught[case.kind].append(not passes(case, LEAST_SUPPORT))
    print(f"\n| false claims, at {LEAST_SUPPORT} | caught |\n|---|---|")
    for kind, results in caught.items():
        print(f"| {kind} | {sum(results)} of {len(results)} |")
    if "--wrong" in sys.argv:
        for case in found:
            if passes(case, LEAST_SUPPORT) != case.holds:
                found_out = check(case.claim, case.evidence, case.language)
                print(case.holds, case.kind, case.claim, case.evidence, found_out, sep=" | ")


if __name__ == "__main__":
    main()
