"""How one server wants to be asked, as far as it has been learnt from what it refused. No network here."""

from dataclasses import dataclass, replace

from ai_conspects.engines.language_model.ladder import Rung
from ai_conspects.engines.openai_server import RequestRefused

LIMIT_NAMES = ("max_tokens", "max_completion_tokens")
"""The old name of the answer's limit, which most servers know, and the one that OpenAI's newer models insist on."""

THOUGHT_TOKENS = 8_000
"""What a model that thinks before it answers is given besides; its thoughts count as part of the answer."""


@dataclass(frozen=True)
class Manner:
    """`told`: the model is shown the schema as well. `thinks`: it has been seen to think before it answers."""

    rung: Rung
    limit_name: str
    with_temperature: bool = True
    told: bool = False
    thinks: bool = False
    both_names_tried: bool = False
    stream_counted: bool = True
    """It is asked to count the tokens of a stream."""


def gentler(manner: Manner, refusal: RequestRefused) -> Manner:
    """A manner without what the server has just refused. Raises the refusal where nothing is left to do without."""
    if refusal.param == manner.limit_name and not manner.both_names_tried:
        old, new = LIMIT_NAMES
        return replace(manner, limit_name=new if manner.limit_name == old else old, both_names_tried=True)
    if refusal.param == "temperature" and manner.with_temperature:
        return replace(manner, with_temperature=False)
    if refusal.param == "stream_options" and manner.stream_counted:
        return replace(manner, stream_counted=False)
    if manner.rung is Rung.PROMPT:
        raise refusal
    return replace(manner, rung=Rung(manner.rung + 1))
