"""Old versions of the file format. One small function a version, each taking the JSON one version further.

Renamed node types are no matter of the format: a type lists the names that it replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from graphs.document import FORMAT_VERSION

Step = Callable[[dict[str, Any]], dict[str, Any]]

STEPS: Mapping[int, Step] = {}  # version → the step from it to the next; version 1 is the first


def migrate(content: dict[str, Any], steps: Mapping[int, Step] = STEPS, newest: int = FORMAT_VERSION) -> dict[str, Any]:
    """The file's JSON (an object with a valid `format_version`) as the newest version writes it."""
    for version in range(content["format_version"], newest):
        content = {**steps[version](content), "format_version": version + 1}
    return content
