"""Files named in a document lie beside it or below: never elsewhere, whatever the name says."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath

from graphs.language import tr
from graphs.spec import ShapeError


def locate(file: str, folder: Path | None, *, directory: bool = False) -> Path:
    """The file, or the directory, that a document in `folder` means. Raises `ShapeError` for one that is missing or out
    of bounds."""
    name = PureWindowsPath(file).name or file
    if PurePosixPath(file).is_absolute() or PureWindowsPath(file).drive or PureWindowsPath(file).root:
        raise _refused(tr("“{file}” is an absolute path: a graph names files relative to its folder.", file=file),
                       "file_outside")
    if folder is None:
        raise _refused(
            tr("Save the graph first: “{file}” is looked for beside it.", file=name), "file_unsaved"
        )
    try:
        path = (folder / file.replace("\\", "/")).resolve()
        inside = path.is_relative_to(folder.resolve())
        found = inside and (path.is_dir() if directory else path.is_file())
    except (OSError, ValueError):
        inside, found = True, False  # no system can have a file of that name
    if not inside:
        raise _refused(tr("“{file}” lies outside the graph's folder: put the file beside the graph.", file=file),
                       "file_outside")
    if not found and directory:
        raise _refused(tr("There is no folder “{file}” beside the graph.", file=file), "file_missing")
    if not found:
        raise _refused(tr("There is no file “{file}” beside the graph.", file=file), "file_missing")
    return path


def stamp(path: Path) -> tuple[str, int, int]:
    """What tells one state of a file from another without reading it."""
    state = path.stat()
    return str(path), state.st_mtime_ns, state.st_size


def _refused(text: str, code: str) -> ShapeError:
    return ShapeError(text, parameter="file", code=code)
