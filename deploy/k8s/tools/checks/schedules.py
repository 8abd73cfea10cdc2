"""When something is done: cron lines, five fields or six."""

import re
from collections.abc import Iterator
from typing import Final

from deploy.k8s.tools.layout import Object, name_of

_BOUNDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_SECONDS: Final = (0, 59)
_PART: Final = re.compile(r"(?:\*|(\d+)(?:-(\d+))?)(?:/([1-9]\d*))?")


def schedules_can_be_read(manifests: list[Object]) -> Iterator[str]:
    """CNPG's lines begin with seconds, all others with minutes; and a CronJob says its zone and its bounds."""
    for one in manifests:
        spec = one.get("spec", {})
        if one["kind"] == "ScheduledBackup":
            yield from _fault(one, spec["schedule"], (_SECONDS, *_BOUNDS))
        elif one["kind"] == "CronJob":
            yield from _fault(one, spec["schedule"], _BOUNDS)
            yield from _unbounded(one)
        elif one["kind"] == "ScaledObject":
            for trigger in spec["triggers"]:
                if trigger["type"] == "cron":
                    yield from _fault(one, trigger["metadata"].get("start", ""), _BOUNDS)
                    yield from _fault(one, trigger["metadata"].get("end", ""), _BOUNDS)


def _unbounded(one: Object) -> Iterator[str]:
    for needed in ("timeZone", "startingDeadlineSeconds"):
        if not one["spec"].get(needed):
            yield f"{name_of(one)}: has no {needed}"
    if one["spec"].get("concurrencyPolicy") != "Forbid":
        yield f"{name_of(one)}: may run beside itself"


def _fault(one: Object, line: str, bounds: tuple[tuple[int, int], ...]) -> Iterator[str]:
    fields = line.split()
    if len(fields) != len(bounds):
        yield f"{name_of(one)}: {line!r} has {len(fields)} fields, not {len(bounds)}"
    elif not all(_is_within(field, *bound) for field, bound in zip(fields, bounds, strict=True)):
        yield f"{name_of(one)}: {line!r} is no time"


def _is_within(field: str, least: int, most: int) -> bool:
    for part in field.split(","):
        match = _PART.fullmatch(part)
        if match is None:
            return False
        ends = [int(end) for end in match.groups()[:2] if end]
        if ends != sorted(ends) or not all(least <= end <= most for end in ends):
            return False
    return True
