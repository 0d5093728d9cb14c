"""The decoding process, asked to do what a hostile file would want from it: it can't."""

import subprocess
import sys

import pytest

ATTEMPTS = {
    "open a file": "open('/etc/hostname')",
    "open a socket": "socket.socket()",
    "write a file": "open('left-behind', 'w').write('x')",
    "take much memory": "bytearray(1 << 30)",
    "start a process": "os.posix_spawn('/bin/true', ['true'], {}) if os.geteuid() else os.pipe()",
}


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_confined_process_can_not(attempt: str) -> None:
    program = f"""
import os, socket
from ai_conspects.engines.decoding.confinement import confine
confine(memory_bytes=256 << 20, cpu_s=60, keep_files=3)
try:
    {ATTEMPTS[attempt]}
except (OSError, MemoryError):
    os._exit(7)
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 7


def test_a_confined_process_that_loops_is_ended_by_the_system() -> None:
    program = """
from ai_conspects.engines.decoding.confinement import confine
confine(memory_bytes=256 << 20, cpu_s=1, keep_files=3)
while True:
    pass
"""
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode < 0
