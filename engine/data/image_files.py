"""Pictures out of a folder: which there are, in an order that never changes, and each as an array of one size.

A sub-folder is a class. Pillow reads the pictures, in the common formats only; a picture that promises more points than
are sensible is refused before it is unpacked. Links are not followed: a graph reads below its own folder.
"""

from __future__ import annotations

import os
import struct
import warnings
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from engine.data.reporting import report
from graphs.language import tr
from graphs.spec import ShapeError

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm")
FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")  # never EPS, which starts another program
MOST_FILES = 500_000
MOST_CLASSES = 1000
MOST_POINTS = 100_000_000  # of one picture
THREADS = 2  # Pillow unpacks without the interpreter
BLOCK = 64  # pictures that wait to be unpacked
BROKEN = (OSError, ValueError, SyntaxError, TypeError, ArithmeticError, LookupError, AttributeError, EOFError,
          RuntimeError, MemoryError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a folder: names relative to it, sorted, and the number of each one's class, if there are any."""

    folder: Path
    files: tuple[str, ...]
    classes: tuple[str, ...] = ()
    labels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """What pictures are made into: height and width in points, colour or grey, cut or stretched where they differ."""

    height: int
    width: int
    colour: bool = False
    stretch: bool = False

    @property
    def channels(self) -> int:
        return 3 if self.colour else 1


def find_pictures(folder: Path) -> Pictures:
    """The pictures in the sub-folders, each a class, or those in the folder itself where no sub-folder holds any."""
    below, own = _entries(folder)
    inside = {name: _entries(folder / name)[1] for name in below}
    classes = tuple(name for name in below if inside[name])
    if len(classes) > MOST_CLASSES:
        raise wrong(tr("{folder} has {count} sub-folders with images; {most} classes are possible.",
                       folder=folder.name, count=len(classes), most=MOST_CLASSES))
    files = tuple(f"{name}/{file}" for name in classes for file in inside[name]) or own
    if not files:
        raise wrong(tr("There are no images in {folder}.", folder=folder.name))
    if len(files) > MOST_FILES:
        raise wrong(tr("{folder} holds {count} images; {most} are possible.", folder=folder.name,
                       count=f"{len(files):,}", most=f"{MOST_FILES:,}"))
    labels = tuple(number for number, name in enumerate(classes) for _ in inside[name])
    return Pictures(folder, files, classes, labels)


def _entries(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Sub-folders and pictures by name. A folder that has not changed is not listed again."""
    try:
        return _listed(str(folder), folder.stat().st_mtime_ns)
    except OSError as error:
        raise wrong(tr("{file} cannot be read: {reason}.", file=folder.name, reason=error.strerror or error)) from error


@lru_cache(maxsize=4096)
def _listed(folder: str, modified: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    below, pictures = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append(entry.name)
            elif entry.name.lower().endswith(ENDINGS) and entry.is_file(follow_symlinks=False):
                pictures.append(entry.name)
    return tuple(sorted(below)), tuple(sorted(pictures))


def read_pictures(found: Pictures, form: Form, *, skip: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """All pictures [N, C, H, W] float32 from 0 to 1, and which of the files they are. Raises `ShapeError` for a broken
    one, or leaves it out."""
    require_room(len(found.files), form)
    values = np.empty((len(found.files), form.channels, form.height, form.width), np.float32)
    kept: list[int] = []
    for place, made in enumerate(_made(found, form)):
        if isinstance(made, ShapeError):
            if not skip:
                raise made
            continue
        np.divide(made.transpose(2, 0, 1), np.float32(255), out=values[len(kept)])
        kept.append(place)
    if not kept:
        raise wrong(tr("There are no images in {folder}.", folder=found.folder.name))
    return values[: len(kept)], np.array(kept)


def _made(found: Pictures, form: Form) -> Iterator[np.ndarray | ShapeError]:
    """Each picture as bytes [H, W, C], or what is wrong with it."""
    words, count = tr("Reading {file}", file=found.folder.name), len(found.files)
    with warnings.catch_warnings(), ThreadPoolExecutor(THREADS, thread_name_prefix="hourglass-pictures") as pool:
        warnings.simplefilter("ignore")
        try:
            for start in range(0, count, BLOCK):
                block = found.files[start : start + BLOCK]
                for place, made in enumerate(pool.map(lambda file: _tried(found.folder / file, file, form), block)):
                    report(start + place, count, words)
                    yield made
        finally:
            pool.shutdown(cancel_futures=True)


def _tried(path: Path, name: str, form: Form) -> np.ndarray | ShapeError:
    from PIL.Image import DecompressionBombError

    try:
        return read_picture(path, form)
    except (OverflowError, DecompressionBombError):
        text = tr("{file} promises far more points than an image has: it is broken, or made to fill the memory.",
                  file=name)
    except BROKEN:
        text = tr("{file} is broken: it cannot be read as an image.", file=name)
    return ShapeError(text, parameter="folder", code="picture")


def read_picture(path: Path, form: Form) -> np.ndarray:
    """One picture as bytes [H, W, C]. Raises OverflowError for one that is far too large, anything else if broken."""
    from PIL import Image, ImageOps

    with Image.open(path, formats=FORMATS) as picture:
        if picture.width * picture.height > MOST_POINTS:
            raise OverflowError
        picture.draft("RGB" if form.colour else "L", (form.width, form.height))  # JPEG: unpacks no more than is needed
        turned = ImageOps.exif_transpose(picture)
        made = _plain(turned, "RGB" if form.colour else "L")
    size = (form.width, form.height)
    if made.size != size:
        smooth = Image.Resampling.BICUBIC
        made = made.resize(size, smooth) if form.stretch else ImageOps.fit(made, size, smooth)
    return np.asarray(made).reshape(form.height, form.width, form.channels)


def _plain(picture: Image, mode: str) -> Image:
    """The picture in colour or grey, on white where it is transparent, of 16 bits the upper eight."""
    from PIL import Image

    if picture.mode.startswith("I"):
        return Image.fromarray((np.asarray(picture, np.int64).clip(0, 65535) >> 8).astype(np.uint8)).convert(mode)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        above = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", above.size, "white"), above)
    return picture if picture.mode == mode else picture.convert(mode)


def require_room(count: int, form: Form) -> None:
    """Raises `ShapeError` if so many pictures do not fit in the memory that is free."""
    size, free = 4 * count * form.channels * form.height * form.width, psutil.virtual_memory().available
    if size > 0.5 * free:
        raise ShapeError(tr("{count} images of {height}×{width} take {size} GB, {free} GB of memory are free: make them "
                            "smaller.", count=f"{count:,}", height=form.height, width=form.width,
                            size=f"{size / 1e9:.1f}", free=f"{free / 1e9:.1f}"), parameter="height", code="memory")


def wrong(text: str) -> ShapeError:
    """A folder that does not serve."""
    return ShapeError(text, parameter="folder", code="pictures")
