"""A picture made anew: what stays of it, what doesn't, and what is refused before it is decoded."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from rooms.errors import BadRequestError
from rooms.render.image import remake

SECRET = b"52.5200 N 13.4050 E"
MOST_PX = 100


def picture(mode: str = "RGB", size: tuple[int, int] = (8, 4)) -> Image.Image:
    """Its left half is dark, its right half light."""
    dark, light = {"RGBA": ((0, 0, 0, 255), (255, 255, 255, 0)), "RGB": ((0, 0, 0), (255, 255, 255))}.get(mode, (0, 255))
    made = Image.new(mode, size, dark)
    made.paste(light, (size[0] // 2, 0, *size))
    return made


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:  # noqa: A002
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def remade(data: bytes) -> tuple[str, Image.Image]:
    found, made = remake(data, MOST_PX)
    image = Image.open(io.BytesIO(made))
    image.load()
    assert (found.width, found.height) == image.size
    assert Image.MIME[image.format or ""] == found.media_type
    assert not {"exif", "icc_profile", "xmp", "comment", "Comment"} & set(image.info)
    return found.media_type, image


@pytest.mark.parametrize(
    ("format", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/png")]
)
def test_each_format_comes_out_as_documented(format: str, media_type: str) -> None:  # noqa: A002
    made_type, image = remade(encoded(picture(), format))
    assert made_type == media_type
    assert image.convert("L").getpixel((1, 1)) < 20 < 235 < image.convert("L").getpixel((6, 1))  # type: ignore[operator]


@pytest.mark.parametrize("format", ["JPEG", "WEBP", "PNG"])
def test_what_was_beside_the_pixels_is_gone_and_it_stands_upright(format: str) -> None:  # noqa: A002
    exif = Image.Exif()
    exif[0x0112] = 6  # held on its side
    exif[0x010E] = SECRET.decode()
    data = encoded(picture(), format, exif=exif)
    assert SECRET in data
    _, made = remake(data, MOST_PX)
    assert SECRET not in made
    _, image = remade(data)
    assert image.size == (4, 8)
    assert image.convert("L").getpixel((1, 1)) < 30  # type: ignore[operator]


def test_texts_and_appended_files_are_gone() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", SECRET.decode())
    _, made = remake(encoded(picture(), "PNG", pnginfo=info) + b"PK\x03\x04" + SECRET, MOST_PX)
    assert SECRET not in made


def test_transparency_stays() -> None:
    _, image = remade(encoded(picture("RGBA"), "PNG"))
    assert [image.getpixel(at)[3] for at in ((1, 1), (6, 1))] == [255, 0]  # type: ignore[index]
    _, image = remade(encoded(picture("P"), "GIF", transparency=0))
    assert image.mode == "RGBA"


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK"])
def test_every_kind_of_pixel_can_be_read(mode: str) -> None:
    image = Image.new("I;16", (8, 4), 0x8000) if mode == "I;16" else picture("L").convert(mode)
    _, made = remade(encoded(image, "TIFF" if mode == "none" else "JPEG" if mode == "CMYK" else "PNG"))
    if mode == "I;16":
        assert made.getpixel((0, 0)) == 0x80


def test_colours_with_a_profile_become_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    _, image = remade(encoded(picture(), "PNG", icc_profile=profile))
    assert "icc_profile" not in image.info
    _, image = remade(encoded(picture(), "PNG", icc_profile=b"no profile at all"))
    assert image.getpixel((6, 1)) == (255, 255, 255)


def test_of_a_moving_picture_the_first_stays() -> None:
    frames = [picture(), Image.new("RGB", (8, 4), (9, 9, 9))]
    for format_ in ("GIF", "WEBP", "PNG"):
        _, image = remade(encoded(frames[0], format_, save_all=True, append_images=frames[1:]))
        assert getattr(image, "n_frames", 1) == 1
        assert image.convert("L").getpixel((6, 1)) > 235  # type: ignore[operator]


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, which may claim what they like."""
    ihdr = (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    parts = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (ihdr, *chunks, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(101, 1), (1, 101), (2**31 - 1, 2**31 - 1)])
def test_a_picture_that_unfolds_too_far_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    with pytest.raises(BadRequestError, match="pixels wide"):
        remake(png(*size, (b"IDAT", zlib.compress(b"\x00" * 64))), MOST_PX)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a/*",
        b"%PDF-1.7",
        encoded(picture(), "BMP"),
        encoded(picture(), "TIFF"),
        encoded(picture(size=(90, 90)), "JPEG")[:400],
        encoded(picture(size=(90, 90)), "WEBP")[:60],
        png(8, 4, (b"IDAT", b"not zlib")),
        png(8, 4),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(BadRequestError, match="no picture"):
        remake(data, MOST_PX)
