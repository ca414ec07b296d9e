"""What holds for all tests: no screen, the user's own folders untouched, failures of Qt visible."""

from __future__ import annotations

import os
import tempfile

# before anything imports Qt: tests draw without a screen, whatever the terminal they are started from
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
_private = tempfile.mkdtemp(prefix="hourglass-tests-")
for _name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ[_name] = _private
os.environ["HOURGLASS_DATA_CACHE"] = os.path.join(_private, "data")
