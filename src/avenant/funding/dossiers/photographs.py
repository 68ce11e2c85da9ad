"""Photographs taken with a telephone, bound into one PDF: upright, light enough to send, without where they were taken."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from PIL import Image, ImageOps

from avenant.foundations.documents.services import RefusedFile, check_file

MOST, LONGEST_SIDE, QUALITY, DOTS_PER_INCH = 30, 2200, 80, 200
"""Pages of one PDF; pixels of the longest side, about 190 dots an inch on A4; JPEG quality."""

IMAGES = frozenset({"image/jpeg", "image/png"})


def bind(photographs: Sequence[tuple[str, bytes]], *, at: datetime) -> tuple[str, bytes]:
    """The name and the bytes of one PDF, a page for each photograph, in the order given.

    Raises RefusedFile on a file that is no photograph, is infected or cannot be read, naming it; nothing is kept then.
    """
    if len(photographs) > MOST:
        raise RefusedFile(f"Une pièce tient en {MOST} photographies au plus : faites-en deux.")
    pages = [_page(name, content) for name, content in photographs]
    out = io.BytesIO()
    first, *others = pages
    stem = PurePath(photographs[0][0]).stem or "photographies"
    first.save(
        out, "PDF", save_all=True, append_images=others, resolution=DOTS_PER_INCH, quality=QUALITY, title=stem,
        producer="Avenant", creationDate=at.utctimetuple(), modDate=at.utctimetuple(),
    )  # fmt: skip
    return f"{stem}.pdf", out.getvalue()


def _page(name: str, content: bytes) -> Image.Image:
    if check_file(name, content) not in IMAGES:
        raise RefusedFile(
            f"« {name} » n’est pas une photographie : plusieurs fichiers à la fois sont des JPEG ou des PNG."
        )
    try:
        with Image.open(io.BytesIO(content)) as opened:
            upright = ImageOps.exif_transpose(opened)
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            return _on_white(upright)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise RefusedFile(f"« {name} » ne se lit pas : reprenez la photographie. Rien n’a été enregistré.") from error


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency, which a scan does not have, and without the notes of the telephone."""
    whole = image.convert("RGBA")
    page = Image.new("RGB", whole.size, "white")
    page.paste(whole, mask=whole.getchannel("A"))
    return page
