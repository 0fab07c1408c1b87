"""Is this file a whole picture? Told from its first and last bytes and its structure, without decoding it.

What the structure cannot decide (a JPEG without its end marker may still hold every pixel) is left to `decode`.
Formats: ITU-T T.81 (JPEG), PNG 1.2, GIF89a, the container headers of WebP, BMP, TIFF 6.0 and ISO BMFF (AVIF, HEIC,
JPEG 2000).
"""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass

# What Ultralytics and torchvision read; the suffix says that a file is meant as a picture, its bytes say what it is.
IMAGE_SUFFIXES = frozenset(
    "avif bmp dng heic heif jp2 jpeg jpg mpo pfm pgm png ppm tif tiff webp".split()  # noqa: SIM905
)
# In folders of classes each framework passes over what it does not read: torchvision's IMG_EXTENSIONS for Ultralytics,
# and those of frameworks/pytorch/images.py.
READ_IN_FOLDERS = {
    "yolo": frozenset("bmp jpeg jpg pgm png ppm tif tiff webp".split()),  # noqa: SIM905
    "pytorch": frozenset("bmp gif jpeg jpg pgm png ppm tif tiff webp".split()),  # noqa: SIM905
}
# Pillow refuses to open more (twice its MAX_IMAGE_PIXELS), and so does Ultralytics, which reads sizes with it.
MOST_PIXELS = 178_956_970
# Beyond this a picture is not decoded here: some 150 MB of pixels.
MOST_DECODED = 50_000_000
_DECODABLE = ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "JPEG2000", "AVIF", "PPM")
_EDGE = 1024
_JPEG_END = b"\xff\xd9"
_PNG_END = b"\x00\x00\x00\x00IEND\xaeB`\x82"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_BOXED = {b"avif": "AVIF", b"avis": "AVIF", b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"msf1": "HEIC"}


@dataclass(slots=True)
class Look:
    """`code` and `why` say what is wrong for certain, `doubt` what only decoding can decide; "" where nothing is.

    `width` and `height` are pixels as stored (EXIF may turn them), 0 where the header does not tell them quickly.
    `fingerprint` is equal for equal files; two files with the same one are likely but not surely equal.
    """

    code: str = ""
    why: str = ""
    doubt: str = ""
    format: str = ""
    width: int = 0
    height: int = 0
    fingerprint: int = 0


def is_image(name: str, suffixes: frozenset[str] = IMAGE_SUFFIXES) -> bool:
    return name.rpartition(".")[2].lower() in suffixes


def look_at(path: str, size: int) -> Look:
    """Reads a few kilobytes. Never raises."""
    if size == 0:
        return Look("empty-image", "is empty (0 bytes)")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as problem:
        return Look("unreadable", f"cannot be read ({problem.strerror})")
    try:
        head = os.pread(descriptor, _EDGE, 0)
        tail = os.pread(descriptor, _EDGE, size - _EDGE) if size > _EDGE else head
        look = _structure(descriptor, size, head, tail)
    except OSError as problem:
        return Look("unreadable", f"cannot be read ({problem.strerror})")
    finally:
        os.close(descriptor)
    look.fingerprint = (size & 0xFFFFFFFF) << 32 | zlib.crc32(tail)
    if not look.code and look.width * look.height > MOST_PIXELS:
        look.code = "image-too-large"
        look.why = f"has {look.width} × {look.height} pixels; more than {MOST_PIXELS:,} are taken for an attack"
    return look


def _structure(descriptor: int, size: int, head: bytes, tail: bytes) -> Look:
    if head.startswith(b"\xff\xd8\xff"):
        return _jpeg(descriptor, size, head, tail)
    if head.startswith(_PNG_START):
        return _png(descriptor, size, head, tail)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        doubt = "" if tail.endswith(b";") else "ends without the trailer of a GIF"
        width, height = int.from_bytes(head[6:8], "little"), int.from_bytes(head[8:10], "little")
        return Look(format="GIF", width=width, height=height, doubt=doubt)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        declared = int.from_bytes(head[4:8], "little") + 8
        short = f"holds {size:,} bytes where its header says {declared:,}" if declared > size else ""
        return Look(format="WEBP", doubt=short)
    if head[:2] == b"BM" and len(head) >= 26:
        declared = int.from_bytes(head[2:6], "little")
        width = int.from_bytes(head[18:22], "little", signed=True)
        height = abs(int.from_bytes(head[22:26], "little", signed=True))
        short = f"holds {size:,} bytes where its header says {declared:,}" if declared > size else ""
        return Look(format="BMP", width=max(width, 0), height=height, doubt=short)
    if head[:4] in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"):
        return _tiff(descriptor, size, head)
    if head[4:8] == b"ftyp" or head[4:12] == b"jP  \r\n\x87\n":
        return _boxes(descriptor, size, head)
    if head[:4] == b"\xff\x4f\xff\x51":
        return Look(format="JPEG2000", doubt="" if tail.endswith(_JPEG_END) else "ends without its end marker")
    if head[:2] in (b"P5", b"P6"):
        return Look(format="PPM", doubt="")
    if head[:3] in (b"PF\n", b"Pf\n", b"PF\r", b"Pf\r"):
        return Look(format="PFM")
    if not head.strip(b"\x00"):
        return Look("corrupt-image", "is no picture: it begins with nothing but zero bytes")
    return Look("corrupt-image", f"is no picture: it begins with {head[:12].decode('latin-1')!a}")


def _jpeg(descriptor: int, size: int, head: bytes, tail: bytes) -> Look:
    """Walks the segments up to the picture's data. An FFD9 before that may be a thumbnail's and says nothing; in the
    data every FF is stuffed, so that an FFD9 there is the end."""
    look = Look(format="JPEG")
    at = 2
    for _ in range(2000):
        piece = head[at : at + 9] if at + 9 <= len(head) else os.pread(descriptor, 9, at)
        if len(piece) < 4:
            return _corrupt(look, "is cut short before its picture data")
        marker = piece[1]
        if piece[0] != 0xFF:
            look.doubt = "has damaged segments before its picture data"
            return look
        if marker == 0xFF:  # fill
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            look.height, look.width = int.from_bytes(piece[5:7], "big"), int.from_bytes(piece[7:9], "big")
            at += 2 + int.from_bytes(piece[2:4], "big")
        elif marker == 0xDA:
            break
        elif marker == 0xD9:
            return _corrupt(look, "ends before its picture data")
        elif marker == 0x01 or 0xD0 <= marker <= 0xD7:
            at += 2
        else:
            at += 2 + int.from_bytes(piece[2:4], "big")
    # Some cameras and phones write more behind the end; every decoder ignores it.
    if not tail.endswith(_JPEG_END) and not _holds(descriptor, _JPEG_END, at, size):
        if not tail.strip(b"\x00"):  # room that was set aside and never filled; decoders take it for grey
            return _corrupt(look, "is cut short: its end is nothing but zero bytes")
        look.doubt = "ends without the end marker of a JPEG"
    return look


def _holds(descriptor: int, wanted: bytes, start: int, size: int) -> bool:
    kept = b""
    while start < size:
        piece = os.pread(descriptor, 1 << 18, start)
        if not piece:
            break
        if wanted in kept + piece:
            return True
        kept = piece[-len(wanted) + 1 :]
        start += len(piece)
    return False


def _png(descriptor: int, size: int, head: bytes, tail: bytes) -> Look:
    look = Look(format="PNG")
    if head[12:16] != b"IHDR" or len(head) < 33:
        return _corrupt(look, "is cut short: a PNG begins with an IHDR chunk")
    look.width, look.height = int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    if not look.width or not look.height:
        return _corrupt(look, "has no pixels")
    if not tail.endswith(_PNG_END) and not _png_ends(descriptor, size):
        look.doubt = "ends without the IEND chunk of a PNG"
    return look


def _png_ends(descriptor: int, size: int) -> bool:
    """Whether an IEND chunk stands where the chunks' lengths say."""
    at = len(_PNG_START)
    for _ in range(100_000):
        piece = os.pread(descriptor, 8, at)
        if len(piece) < 8:
            return False
        if piece[4:] == b"IEND":
            return at + 12 <= size
        at += 12 + int.from_bytes(piece[:4], "big")
    return False


def _tiff(descriptor: int, size: int, head: bytes) -> Look:
    """The first directory's strips or tiles must lie within the file."""
    look = Look(format="TIFF")
    order = "little" if head[:2] == b"II" else "big"
    if head[2:3] == b"+" or head[3:4] == b"+":
        return look  # BigTIFF
    directory = int.from_bytes(head[4:8], order)  # type: ignore[arg-type]
    count = int.from_bytes(os.pread(descriptor, 2, directory), order)  # type: ignore[arg-type]
    entries = os.pread(descriptor, 12 * count, directory + 2)
    if not count or len(entries) < 12 * count:
        look.doubt = "is cut short: its directory lies behind its end"
        return look
    places: dict[int, list[int]] = {}
    for start in range(0, len(entries), 12):
        tag, kind, many = (int.from_bytes(entries[start + a : start + b], order) for a, b in ((0, 2), (2, 4), (4, 8)))  # type: ignore[arg-type]
        width = {3: 2, 4: 4}.get(kind, 0)
        if tag not in (256, 257, 273, 279, 324, 325) or not width or many > 1_000_000:
            continue
        raw = entries[start + 8 : start + 12]
        if many * width > 4:
            raw = os.pread(descriptor, many * width, int.from_bytes(raw, order))  # type: ignore[arg-type]
        places[tag] = [int.from_bytes(raw[at : at + width], order) for at in range(0, many * width, width)]  # type: ignore[arg-type]
    look.width, look.height = (places.get(256) or [0])[0], (places.get(257) or [0])[0]
    for offsets, lengths in ((273, 279), (324, 325)):
        ends = [at + long for at, long in zip(places.get(offsets, ()), places.get(lengths, ()), strict=False)]
        if ends and max(ends) > size:
            look.doubt = f"is cut short: its pixels would end at byte {max(ends):,} of {size:,}"
    return look


def _boxes(descriptor: int, size: int, head: bytes) -> Look:
    """AVIF, HEIC, JPEG 2000: boxes that say their own length."""
    look = Look(format=_BOXED.get(head[8:12], "AVIF") if head[4:8] == b"ftyp" else "JPEG2000")
    at = 0
    for _ in range(10_000):
        piece = os.pread(descriptor, 16, at)
        if len(piece) < 8:
            break
        length = int.from_bytes(piece[:4], "big")
        if length == 1:
            length = int.from_bytes(piece[8:16], "big")
        if length == 0:  # to the end of the file
            break
        if length < 8 or at + length > size:
            look.doubt = "is cut short: its last part is longer than the file"
            break
        at += length
    return look


def _corrupt(look: Look, why: str) -> Look:
    look.code, look.why = "corrupt-image", why
    return look


def decodes(path: str, look: Look) -> bool | None:
    """Whether every pixel can be read; None where that cannot be tried here (no decoder, too many pixels).

    A JPEG is decoded at an eighth of its size: all of its data is read, and little memory is needed.
    """
    if look.format not in _DECODABLE or look.width * look.height > MOST_DECODED:
        return None
    from PIL import Image, features

    if look.format in ("AVIF", "WEBP", "JPEG2000"):
        if not features.check({"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}[look.format]):
            return None
    try:
        if look.format == "PNG":  # the checksums, which loading does not look at and Ultralytics does
            with Image.open(path, formats=("PNG",)) as picture:
                if picture.width * picture.height > MOST_DECODED:
                    return None
                picture.verify()
        with Image.open(path, formats=(look.format,)) as picture:
            if picture.width * picture.height > MOST_DECODED:
                return None
            if look.format == "JPEG":
                picture.draft(picture.mode, (1, 1))
            picture.load()
    except Exception:  # Pillow's readers raise whatever the bytes lead them to
        return False
    return True
