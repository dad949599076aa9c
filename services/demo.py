"""The demonstration: a synthetic town taken the whole way, and three questions worth asking of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from core.errors import HomeBusy, InvalidSetting
from core.progress import SILENT, Progress
from loaders.town import generate
from services.app import App

PEOPLE, SEED = 20_000, 1


@dataclass(frozen=True, slots=True)
class Question:
    """A linked question in words and as GraphQL."""

    title: str
    query: str
    variables: dict[str, Any]


def prepare_town(app: App, *, people: int | None, seed: int | None, progress: Progress = SILENT) -> dict[str, Any]:
    """Make the town's files under `home/town`, or use those that are there.

    Raises `InvalidSetting` when another town, or data that is no town's, is there already.
    """
    folder = app.settings.town_dir
    marker = folder / "truth" / "town.json"
    with app.writing():
        if marker.is_file():
            town: dict[str, Any] = orjson.loads(marker.read_bytes())
            if (people or town["people"], seed or town["seed"]) != (town["people"], town["seed"]):
                raise InvalidSetting(
                    f"{app.settings.home} 里已有一座 {town['people']} 人的小镇（种子 {town['seed']}）",
                    remedy="不写 --people 就用它；要换一座，请加 --fresh，或用 WEINAO_HOME 指定另一个目录。",
                )
            return town
        if app.lake.versions():
            raise InvalidSetting(
                f"{app.settings.home} 里已有其他数据，演示不会往里混入合成数据",
                remedy="请用 WEINAO_HOME 指定另一个目录。",
            )
        generate(folder, people=people or PEOPLE, seed=SEED if seed is None else seed, progress=progress)
        return orjson.loads(marker.read_bytes())  # type: ignore[no-any-return]
