"""A filter as a reader may ask it: what he may not see he may not sift by, nor count, nor find others through."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.catalogue import Level
from core.catalogue.links import Link
from core.errors import FilterInvalid, PurposeRequired
from core.filters import (
    AllOf,
    Along,
    AnyOf,
    Condition,
    Count,
    Not,
    OfKind,
    Ratio,
    Shares,
    Test,
    ValueKind,
    conditions,
)
from governance.access import AccessContext, Visibility, hidden_levels, visibility
from services.app import App
from services.visibility import EVERYTHING, own, withheld_tag


def permitted_ends(context: AccessContext, link: Link) -> Condition:
    """What the objects at the end of a link must fulfil to be seen by the reader."""
    bounds = {target: own(context, target) for target in link.targets}
    if all(bound is EVERYTHING for bound in bounds.values()):
        return EVERYTHING
    if len(bounds) == 1:
        return bounds[link.targets[0]]
    return AnyOf(tuple(AllOf((OfKind(target), bound)) for target, bound in bounds.items()))


def permitted(app: App, context: AccessContext, label: str, condition: Condition, *, itself: bool = True) -> Condition:
    """`condition` confined to what the reader may see, the nodes of `label` themselves included unless `itself` is not.

    Raises `PurposeRequired` where it names a sensitive category or tag that a purpose would open: an empty answer would
    look like the truth.
    """
    _check_values(context, condition)
    _check_tags(app, context, condition)
    inner = _confined(context, condition)
    bound = own(context, label) if itself else EVERYTHING
    return inner if bound is EVERYTHING else AllOf((inner, bound))


def _check_values(context: AccessContext, condition: Condition) -> None:
    """An identifier that the reader already holds may be looked up; a category may not be tried out."""
    for part in conditions(condition):
        if isinstance(part, Test) and part.attribute.kind is ValueKind.SECRET:
            level = max(part.attribute.level, Level.SENSITIVE)
            if visibility(context, level) is not Visibility.CLEAR:
                raise PurposeRequired(f"按{part.attribute.label}筛选须说明用途")


def _check_tags(app: App, context: AccessContext, condition: Condition) -> None:
    if not hidden_levels(context) or not any(_reaches_tags(part) for part in conditions(condition)):
        return
    if any(link.type == "TAGGED" for part in conditions(condition) for link in _passed(part)):
        raise PurposeRequired("经由标签的路径须说明用途")
    named = {text for part in conditions(condition) for text in _texts(part)}
    for row in app.store.read("MATCH (t:Tag) RETURN properties(t) AS tag"):
        tag = row["tag"]
        if withheld_tag(context, tag) and named & {tag.get("name"), tag.get("label"), tag["id"]}:
            raise PurposeRequired(f"标签“{tag.get('label')}”是敏感级，按它筛选须说明用途")


def _confined(context: AccessContext, condition: Condition) -> Condition:
    """The same condition, in which every link leads only to what the reader may see."""
    match condition:
        case AllOf(parts):
            return AllOf(tuple(_confined(context, part) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_confined(context, part) for part in parts))
        case Not(part):
            return Not(_confined(context, part))
        case Along():
            return _along(context, condition)
        case Count():
            return _count(context, condition)
        case Ratio(of=of, per=per):
            return replace(condition, of=_count(context, of), per=_count(context, per))
        case Shares(through=(*passed, link), where=where):
            _passable(context, passed)
            return replace(condition, where=_end(context, link, where))
        case _:
            return condition


def _along(context: AccessContext, along: Along) -> Condition:
    ends = (along.target,) if along.target else along.link.targets
    bounds = [own(context, end) for end in ends]
    inner = _confined(context, along.where)
    if all(bound is EVERYTHING for bound in bounds):
        return replace(along, where=inner)
    several = len(along.link.targets) > 1
    ways = tuple(
        replace(along, where=AllOf((inner, bound)), target=end if several else None)
        for end, bound in zip(ends, bounds, strict=True)
    )
    return ways[0] if len(ways) == 1 else AnyOf(ways)


def _count(context: AccessContext, count: Count) -> Count:
    _passable(context, count.path[:-1])
    return replace(count, where=_end(context, count.path[-1], count.where))


def _passable(context: AccessContext, passed: Sequence[Link]) -> None:
    """Raises `FilterInvalid` for a way through what the reader may see in part only: it would tell of the rest."""
    for link in passed:
        if any(own(context, end) is not EVERYTHING for end in link.targets):
            raise FilterInvalid(
                f"按网格授权的读者不能经过 {link.name} 计数", remedy="请只用一步的 of，或一层层写条件。"
            )


def _end(context: AccessContext, link: Link, where: Condition) -> Condition:
    inner = _confined(context, where)
    bound = own(context, link.targets[0]) if len(link.targets) == 1 else EVERYTHING
    return inner if bound is EVERYTHING else AllOf((inner, bound))


def _reaches_tags(part: Condition) -> bool:
    ends = (part.link,) if isinstance(part, Along) else ()
    match part:
        case Count(path=(*_, link)) | Shares(through=(*_, link)):
            ends = (link,)
        case _:
            pass
    return any(link.type == "TAGGED" for link in (*ends, *_passed(part)))


def _passed(part: Condition) -> tuple[Link, ...]:
    """The links of a counted path that are no end of it."""
    match part:
        case Count(path=path):
            return path[:-1]
        case Shares(through=through, to=to):
            return (*through[:-1], *to)
        case _:
            return ()


def _texts(part: Condition) -> Iterator[str]:
    if isinstance(part, Test):
        yield from map(str, part.value if isinstance(part.value, tuple) else (part.value,))
