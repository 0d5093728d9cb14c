"""A form is read as it arrives, however it is cut into pieces; what is no form is said so."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from ai_conspects.recordings.form_stream import FormStream, InvalidForm, boundary

AUDIO = b"RIFF\r\n--X\r\n\r\n--Xno\r\n--" + bytes(range(256)) * 3
FORM = (
    b'preamble\r\n--XyZ\r\nContent-Disposition: form-data; name="id"\r\n\r\nr-1\r\n'
    b'--XyZ\r\ncontent-disposition: form-data; name="file"; filename="a \\"b\\".m4a"\r\nContent-Type: audio/mp4\r\n\r\n'
    + AUDIO
    + b'\r\n--XyZ\r\nContent-Disposition: form-data; name="language"\r\n\r\n\xd1\x80\r\n--XyZ--\r\nepilogue'
)


async def _pieces(body: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(body), size):
        yield body[at : at + size]
    yield b""


def read(body: bytes, size: int = 7, separator: bytes = b"XyZ") -> tuple[bytes, FormStream]:
    form = FormStream(separator, _pieces(body, size))

    async def collect() -> bytes:
        return b"".join([piece async for piece in form.file()])

    return asyncio.run(collect()), form


@pytest.mark.parametrize("size", [1, 2, 3, 5, 17, 64, 100_000])
def test_the_file_and_the_fields_come_whole_however_the_body_is_cut(size: int) -> None:
    file, form = read(FORM, size)
    assert file == AUDIO
    assert form.fields == {"id": "r-1", "language": "р"}
    assert form.filename == 'a "b".m4a'


@pytest.mark.parametrize("cut", [0, 1, 30, 90, 200, len(FORM) - 18])
def test_a_form_that_is_cut_off_is_no_form(cut: int) -> None:
    with pytest.raises(InvalidForm, match="cut off"):
        read(FORM[:cut])


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"--XyZ\r\n\r\nx\r\n--XyZ--", "no name"),
        (b"--XyZ--", "no file"),
        (b'--XyZ\r\nContent-Disposition: form-data; name="a"\r\n\r\nx\r\n--XyZ--', "no file"),
        (b'--XyZ\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\nx\r\n' * 2 + b"--XyZ--", "one file"),
        (b"--XyZ\r\n" + b"x" * 9_000, "too long"),
        (b'--XyZ\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 70_000 + b"\r\n--XyZ--", "too much"),
        (b"--XyZ!!", "followed by something else"),
    ],
)
def test_what_is_no_form_is_said_so(body: bytes, why: str) -> None:
    with pytest.raises(InvalidForm, match=why):
        read(body, 4_096)


def test_the_boundary_is_found_in_the_media_type() -> None:
    assert boundary('multipart/form-data; boundary="a b"') == b"a b"
    assert boundary("multipart/form-data; charset=utf-8; boundary=--x1") == b"--x1"
    assert boundary("audio/mp4") is None
