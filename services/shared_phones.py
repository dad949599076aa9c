"""Whose a caller's phone may be: one number is often shared by a family."""

from __future__ import annotations

from typing import Final, NamedTuple

from core.clock import local_today
from core.values import InvalidValue, StandardAddress, value_type
from governance.access import AccessContext
from graph.reads import surroundings
from services.app import App
from services.meant import phone_index
from services.visibility import allowed_of

_MOST: Final = 5


class Sharing(NamedTuple):
    """The people of one number, ids in order; `home` is the id of the dwelling that all of them live in, with its
    address.
    """

    people: tuple[str, ...] = ()
    home: str | None = None
    address: StandardAddress | None = None


def sharing(app: App, context: AccessContext, phone: str | None) -> Sharing:
    """Those whose number it is, where they are several; of one alone `mentions.find_caller` knows.

    Whoever the reader may not see is left out, and then nothing is said of a home: it may be another for the rest.
    """
    index = _index(app, phone)
    owners = surroundings.phone_owners(app.store, [index]).get(index, []) if index else []
    known = {person_id for person_id, _ in owners}
    if len(known) < 2:
        return Sharing()
    seen = allowed_of(app, context, dict.fromkeys(known, "Person"))
    people = tuple(sorted(seen))[:_MOST]
    homes = surroundings.homes(app.store, known, local_today()) if len(seen) == len(known) else {}
    if set(homes) != known or len({home for home, _ in homes.values()}) != 1:
        return Sharing(people)
    home, address = homes[people[0]]
    try:
        return Sharing(people, home, StandardAddress.parse(address))
    except InvalidValue:
        return Sharing(people, home)


def _index(app: App, phone: str | None) -> str | None:
    if not phone:
        return None
    try:
        return phone_index(app.vault, value_type("phone").parse(phone).text)
    except InvalidValue:
        return None  # refused where the caller is looked for
