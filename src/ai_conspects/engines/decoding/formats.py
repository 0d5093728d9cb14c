"""Tells what a file is from its bytes, never from its name, and which demuxer alone may read it. Runs in the child.

Only containers that hold their own sound are known here: a playlist, an SDP or a concat script names other files or
hosts, and so is no recording, whatever it is called.
"""

import re
from dataclasses import dataclass
from typing import Protocol

_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
_MPEG = re.compile(rb"\xff[\xe2-\xff][\x10-\xef]", re.DOTALL)
_ADTS = re.compile(rb"\xff[\xf0\xf1\xf8\xf9]")
_MPEG_RATES = ((11_025, 12_000, 8_000), (0, 0, 0), (22_050, 24_000, 16_000), (44_100, 48_000, 32_000))

# fmt: off
CODECS = frozenset(
    (
        "aac", "aac_fixed", "aac_latm", "ac3", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms", "alac", "amrnb",
        "amrwb", "eac3", "flac", "gsm", "gsm_ms", "libopencore_amrnb", "libopencore_amrwb", "libopus", "libspeex",
        "libvorbis", "mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "opus", "pcm_alaw", "pcm_f32be",
        "pcm_f32le", "pcm_f64be", "pcm_f64le", "pcm_mulaw", "pcm_s16be", "pcm_s16le", "pcm_s24be", "pcm_s24le",
        "pcm_s32be", "pcm_s32le", "pcm_s8", "pcm_u8", "speex", "vorbis", "wmalossless", "wmapro", "wmav1", "wmav2",
        "wmavoice",
    )
)
# fmt: on
"""The decoders that may touch an upload."""


class Source(Protocol):
    """A file that can be read anywhere."""

    size: int

    def at(self, offset: int, count: int) -> bytes:
        """The bytes from `offset` on, fewer at the end of the file."""
        ...


@dataclass(frozen=True)
class Container:
    """`demuxer` is FFmpeg's name. `offset` is where the audio begins, behind tags and padding."""

    name: str
    demuxer: str
    offset: int = 0


def recognise(source: Source) -> Container | None:
    """The container of a recording, None for everything else."""
    head = source.at(0, 16)
    by_magic = (
        (head[4:8] in _BOXES, "mp4", "mov"),
        (head[:4] == b"OggS", "ogg", "ogg"),
        (head[:4] == b"\x1aE\xdf\xa3", "matroska", "matroska"),
        (head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE", "wav", "wav"),
        (head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"), "aiff", "aiff"),
        (head[:5] == b"#!AMR", "amr", "amr"),
        (head[:4] == b"caff", "caf", "caf"),
        (head == bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"), "asf", "asf"),
    )
    for matches, name, demuxer in by_magic:
        if matches:
            return Container(name, demuxer)
    return _behind_tags(source)


def _behind_tags(source: Source) -> Container | None:
    """FLAC, MP3 and AAC, which may stand behind ID3 tags and padding."""
    offset = 0
    while (tag := source.at(offset, 10))[:3] == b"ID3" and len(tag) == 10:
        offset += 10 + sum((byte & 127) << shift for byte, shift in zip(tag[6:], (21, 14, 7, 0), strict=True))
    padded = source.at(offset, 4096)
    offset += len(padded) - len(padded.lstrip(b"\0"))
    frame = source.at(offset, 4)
    if frame == b"fLaC":
        return Container("flac", "flac", offset)
    if _ADTS.match(frame):
        return Container("aac", "aac", offset)
    return Container("mp3", "mp3", offset) if _MPEG.match(frame) else None


def describe(source: Source) -> str:
    """What something that is no recording seems to be, for a sentence that begins with “This is …”."""
    head = source.at(0, 2048)
    if not head:
        return "an empty file"
    known = (
        (b"%PDF", "a PDF"),
        (b"PK\x03\x04", "a ZIP archive"),
        (b"\xff\xd8\xff", "a picture"),
        (b"\x89PNG", "a picture"),
    )
    for magic, name in known:
        if head.startswith(magic):
            return name
    text = head.decode("utf-8", "replace")
    if re.match(r"\ufeff?(#EXTM3U|ffconcat|v=0\s|\[playlist\]|<\?xml)", text):
        return "a playlist, which only names sound kept elsewhere"
    odd = sum(not (letter.isprintable() or letter in "\r\n\t\f") for letter in text[:-1])
    return "text" if odd * 50 <= len(text) else "no kind of audio that is known here"


def mp3_claim_s(source: Source, offset: int) -> float | None:
    """The duration in an MP3's Xing or Info header, None where it has none (and any duration would be a guess)."""
    frame = source.at(offset, 256)
    place = max(frame.find(b"Xing"), frame.find(b"Info"))
    version, index = frame[1] >> 3 & 3, frame[2] >> 2 & 3
    if place < 0 or index == 3 or version == 1 or not frame[place + 7] & 1:
        return None
    frames = int.from_bytes(frame[place + 8 : place + 12], "big")
    return frames * (1152 if version == 3 else 576) / _MPEG_RATES[version][index]


def wav_claim_s(source: Source) -> float | None:
    """The duration that a WAV's `data` chunk claims, None where its writer left the length open (as a pipe does).

    FFmpeg trims it to what the file holds, and so would never tell that a file was cut.
    """
    offset, bytes_a_second = 12, 0
    for _ in range(100):
        header = source.at(offset, 8)
        size = int.from_bytes(header[4:], "little")
        if len(header) < 8:
            return None
        if header[:4] == b"fmt ":
            bytes_a_second = int.from_bytes(source.at(offset + 16, 4), "little")
        if header[:4] == b"data":
            open_ended = size in (0, 0xFFFF_FFFF) or size > 0x7FFF_F000
            return None if open_ended or not bytes_a_second else size / bytes_a_second
        offset += 8 + size + size % 2
    return None


def lacks_index(source: Source) -> bool:
    """Whether an MP4 has no `moov` among its boxes: the upload, or the recorder, stopped before writing it."""
    offset = 0
    for _ in range(10_000):
        header = source.at(offset, 16)
        if len(header) < 8:
            return True
        size = int.from_bytes(header[:4], "big")
        if header[4:8] == b"moov":
            return offset + size > source.size
        size = int.from_bytes(header[8:16], "big") if size == 1 else size
        if size < 8:
            return True
        offset += size
    return True
