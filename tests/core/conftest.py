"""No deadline for properties: the first example of some pays for loading a dictionary, and machines are shared."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("core", deadline=None)
settings.load_profile("core")
