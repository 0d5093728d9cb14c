"""Reads a Dockerfile as instructions: enough for what ours holds."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Instruction:
    """`flags` are the `--name=value` before the arguments; `text` is all behind those."""

    name: str
    flags: dict[str, str]
    text: str

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text)


@dataclass
class Stage:
    """Begun by FROM; the last has no name."""

    name: str
    instructions: list[Instruction] = field(default_factory=list)

    def of(self, name: str) -> list[Instruction]:
        """Its instructions of this name."""
        return [each for each in self.instructions if each.name == name]


def stages(path: Path) -> list[Stage]:
    """The stages in order; what stands before the first FROM is the stage ``""``."""
    found = [Stage("")]
    for instruction in _instructions(path.read_text("utf-8")):
        if instruction.name == "FROM":
            _, as_, name = instruction.text.partition(" AS ")
            found.append(Stage(name if as_ else "final"))
        found[-1].instructions.append(instruction)
    return found


def _instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [_instruction(line) for line in joined.splitlines() if line.strip()]


def _instruction(line: str) -> Instruction:
    name, _, rest = line.partition(" ")
    flags: dict[str, str] = {}
    while found := re.match(r"--([\w-]+)=(\S+)\s+", rest):
        flags[found[1]] = found[2]
        rest = rest[found.end() :]
    return Instruction(name, flags, rest.strip())
