"""The feed under its former name; it stands in `app.feed`, where the live views find it, too."""

from app.feed import Feed, Frame, PastRun, Progress, Source

__all__ = ["Feed", "Frame", "PastRun", "Progress", "Source"]
