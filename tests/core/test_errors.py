"""The error tree as a whole: what is raised anywhere is imported from one place, under a code of its own.

No fixtures: the modules of the package are read as they stand.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter

import core.errors
from core.errors import WeinaoError


def _declared() -> list[type[WeinaoError]]:
    """Every error class of every module of the package."""
    modules = [
        importlib.import_module(f"core.errors.{found.name}") for found in pkgutil.iter_modules(core.errors.__path__)
    ]
    return [
        cls
        for module in modules
        for cls in vars(module).values()
        if inspect.isclass(cls) and issubclass(cls, WeinaoError) and cls.__module__ == module.__name__
    ]


def test_every_error_is_imported_from_the_package() -> None:
    assert {cls.__name__ for cls in _declared()} | {"concrete_errors"} == set(core.errors.__all__)


def test_no_code_stands_for_two_errors() -> None:
    codes = Counter(cls.code for cls in _declared() if "code" in vars(cls))
    assert len(codes) > 50
    assert max(codes.values()) == 1


def test_the_codes_of_a_module_begin_alike_and_each_error_says_what_to_do() -> None:
    families: dict[str, set[str]] = {}
    for cls in _declared():
        if cls.code:
            families.setdefault(cls.__module__, set()).add(cls.code[:5])
            assert cls.title
            assert cls.remedy
            assert cls.__doc__
    assert all(len(prefixes) == 1 for prefixes in families.values())
