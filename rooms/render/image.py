"""A picture made anew: decoded, turned the way it was held, and encoded again without anything that was beside the pixels.

What it is, is what its bytes say, whatever it was called: PNG, JPEG, WebP or GIF. Colours with a profile of their own become
sRGB. Of a moving picture the first image stays: what moves beside a text can't be read by (WCAG 2.2, success criterion 2.2.2).
JPEG stays JPEG and WebP stays WebP; PNG and GIF become PNG, which loses nothing. For the worker process: decoders are where
pictures attack, and its memory and time are bounded.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any, Final

from PIL import Image, ImageCms, ImageOps

from rooms.errors import BadRequestError
from rooms.render.frames import Picture

FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF")
ENCODINGS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "JPEG": ("image/jpeg", {"quality": 90, "progressive": True}),
    "WEBP": ("image/webp", {"quality": 90}),
    "PNG": ("image/png", {}),
}

# What Pillow raises for bytes that are no picture after all, or a broken one.
BROKEN: Final = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, IndexError, KeyError, TypeError)

Image.MAX_IMAGE_PIXELS = None  # sizes are checked here, before anything is decoded


def remake(data: bytes, most_px: int) -> tuple[Picture, bytes]:
    """Raises BadRequestError for what can't be read as a picture, or is more than `most_px` wide or high."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as opened:
            if max(opened.size) > most_px:
                raise BadRequestError(
                    f"A picture can be {most_px:,} pixels wide and high at most. Make it smaller and try again."
                )
            format = opened.format if opened.format in ENCODINGS else "PNG"  # noqa: A001 - Pillow's own word
            picture = _plain(ImageOps.exif_transpose(opened))
    except BROKEN as error:
        raise BadRequestError("This is no picture that can be read here: PNG, JPEG, WebP and GIF can.") from error
    media_type, options = ENCODINGS[format or "PNG"]
    if format == "JPEG" and picture.mode == "RGBA":
        picture = picture.convert("RGB")
    made = io.BytesIO()
    picture.save(made, format, **options)
    return Picture(media_type, picture.width, picture.height), made.getvalue()


def _plain(picture: Image.Image) -> Image.Image:
    """Its pixels alone, eight bits each, in sRGB."""
    profile = picture.info.get("icc_profile")
    if picture.mode.startswith(("I", "F")):  # 16 bits of grey, where 255 would be all that is not black
        picture = picture.convert("I").point(lambda value: value / 256).convert("L")
    clear = picture.has_transparency_data
    if profile and picture.mode in {"RGB", "RGBA", "CMYK", "L"}:
        picture = _in_srgb(picture, profile, "RGBA" if clear else "RGB")
    plain = picture.convert("RGBA" if clear else "L" if picture.mode in {"1", "L"} else "RGB")
    pixels = Image.new(plain.mode, plain.size)
    pixels.paste(plain)
    return pixels


def _in_srgb(picture: Image.Image, profile: bytes, mode: str) -> Image.Image:
    """The picture as it is, where its profile can't be used: better a little pale than not there."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        found = ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return picture
    return found or picture
