"""The demonstration: a synthetic town, and three questions worth asking of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from core.errors import EntityUnknown, InvalidSetting
from core.progress import SILENT, Progress
from governance.access import AccessContext
from loaders.town.generate import generate
from services.app import App

PEOPLE: Final = 20_000
SEED: Final = 1


@dataclass(frozen=True, slots=True)
class Question:
    """A linked question: in words, as GraphQL, and about whom."""

    title: str
    query: str
    variables: dict[str, Any]


def prepare_town(
    app: App,
    context: AccessContext,
    *,
    people: int | None,
    seed: int | None,
    fresh: bool = False,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """The town's own description; its files are made under `home/town` unless they are there.

    `fresh` throws the town of this home and all that came of it away first. Raises `InvalidSetting` when another town,
    or data that is no town's, is there already.
    """
    app.audit.record(context, "town.make", [])
    folder = app.settings.town_dir
    with app.writing():
        town = _town_there(folder)
        if town is None and app.lake.versions():
            raise InvalidSetting(
                f"{app.settings.home} 里已有其他数据，演示不会往里混入合成数据",
                remedy="请用 WEINAO_HOME 指定另一个目录。",
            )
        if town and fresh:
            _throw_away(app)
            town = None
        if town is None:
            generate(folder, people=people or PEOPLE, seed=SEED if seed is None else seed, progress=progress)
            return _town_there(folder) or {}
        if (people or town["people"]) != town["people"] or (town["seed"] if seed is None else seed) != town["seed"]:
            raise InvalidSetting(
                f"{app.settings.home} 里已有一座 {town['people']:,} 人的小镇（种子 {town['seed']}）",
                remedy="不写 --people 与 --seed 就用它；换一座请加 --fresh，或用 WEINAO_HOME 指定另一个目录。",
            )
        return town


def _town_there(folder: Path) -> dict[str, Any] | None:
    marker = folder / "truth" / "town.json"  # written last, so a town cut short does not count
    return orjson.loads(marker.read_bytes()) if marker.is_file() else None


def _throw_away(app: App) -> None:
    app.close()
    app.database.stop()
    for folder in (app.settings.lake_dir, app.settings.db_dir, app.settings.town_dir):
        shutil.rmtree(folder, ignore_errors=True)


_DOOR = """
# 这扇门里住着谁，哪些部门认识他们？
query Door($id: ID!) {
  dwelling(id: $id) {
    address
    building { node { name parent { node { name } } } }
    residents {
      edges {
        roleLabel
        validFrom
        node { name sexLabel birthDate phone records { nodes { department } } tags { nodes { label } } }
      }
    }
  }
}
"""

_HOUSEHOLD = """
# 这户人家有哪些未办结的诉求？
query OpenComplaints($id: ID!) {
  household(id: $id) {
    householdNo
    members { edges { relationToHeadLabel node { name } } }
    dwelling { nodes { address } }
    openEvents { roleLabel node { kindLabel category reportedAt statusLabel handledBy { nodes { name } } } }
  }
}
"""

_ORGANIZATION = """
# 谁在投诉这家单位，他们住在哪里？
query Complainants($id: ID!) {
  organization(id: $id) {
    name
    legalRepresentatives { nodes { name } }
    events(first: 10, filter: {parties: {person: {}, edge: {role: {eq: "complainant"}}}}) {
      totalCount
      nodes {
        kindLabel
        category
        reportedAt
        parties(first: 5) {
          edges {
            roleLabel
            node {
              __typename
              ... on Person { name phone livesIn(first: 1) { nodes { address } } }
              ... on Organization { organization: name }
            }
          }
        }
      }
    }
  }
}
"""

# Whom to ask about: a door with several residents known to many departments, and so on. Each gives one id.
_WHOM = {
    "door": """
        MATCH (d:Dwelling)<-[l:LIVES_IN]-(p:Person) WHERE l.valid_to IS NULL
        WITH d, count(DISTINCT p) AS residents WHERE residents >= 3 AND residents <= 6
        MATCH (d)<-[l:LIVES_IN]-(:Person)<-[:DESCRIBES]-(r:Record) WHERE l.valid_to IS NULL
        WITH d, count(DISTINCT r.department) AS departments
        RETURN d.id AS id ORDER BY departments DESC, id LIMIT 1
    """,
    "household": """
        MATCH (e:Event)<-[:PARTY_TO]-(p:Person)-[m:MEMBER_OF]->(h:Household)
        WHERE e.status <> 'closed' AND m.valid_to IS NULL
        WITH h, count(DISTINCT e) AS open
        RETURN h.id AS id ORDER BY open DESC, id LIMIT 1
    """,
    "organization": """
        MATCH (o:Organization)-[:PARTY_TO {role: 'respondent'}]->(e:Event)<-[:PARTY_TO]-(p:Person)
        WITH o, count(DISTINCT p) AS complainants
        RETURN o.id AS id ORDER BY complainants DESC, id LIMIT 1
    """,
}


def questions(app: App, context: AccessContext) -> list[Question]:
    """The three questions, about entities of this town that have something to tell. Raises `EntityUnknown`."""
    app.audit.record(context, "demo.questions", [])
    told = (
        ("这扇门里住着谁，哪些部门认识他们？", _DOOR, "door"),
        ("这户人家有哪些未办结的诉求？", _HOUSEHOLD, "household"),
        ("谁在投诉这家单位，他们住在哪里？", _ORGANIZATION, "organization"),
    )
    return [Question(title, query, {"id": _whom(app, name)}) for title, query, name in told]


def _whom(app: App, name: str) -> str:
    rows = app.store.read(_WHOM[name])
    if not rows:
        raise EntityUnknown("这座小镇里没有可问的对象", remedy="请造一座大一点的小镇：--people 2000。")
    return str(rows[0]["id"])
