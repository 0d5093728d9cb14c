"""Named places where a test kills this process, as a power cut would. Nothing at all, unless the environment names one.

`AI_CONSPECTS_FAIL_AT=PLACE` kills the whole process group with SIGKILL when it comes there; `PLACE@DETAIL` only where
the detail is this one; `alone:PLACE` only the process itself, as a fault in a decoder or a lack of memory would.
"""

import os
import signal
from collections.abc import Callable

Reached = Callable[..., None]
"""`reached(place, detail=None)`"""


def _nothing(place: str, detail: object = None) -> None:
    pass


def fatal(spec: str) -> Reached:
    """What dies at the place that the text names; what does nothing, if it names none."""
    if not spec:
        return _nothing
    where, _, which = spec.removeprefix("alone:").partition("@")
    alone = spec.startswith("alone:")

    def die(place: str, detail: object = None) -> None:
        if place == where and which in {"", str(detail)}:
            os.kill(os.getpid() if alone else -os.getpgrp(), signal.SIGKILL)

    return die


reached: Reached = fatal(os.environ.get("AI_CONSPECTS_FAIL_AT", ""))
"""Called as `failpoints.reached("…")`, so that a test's own process may put another in its place."""
