"""Quota: do the relay's day and pace hold the list, and when would the last reader have the mail?"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

from digest.config.schema import Schedule
from digest.ops.doctor import Grade, Line, Setup

PLACE = 8
_line = partial(Line, "quota")


def look(setup: Setup) -> Iterator[Line]:
    """Yield one line: rows, quota, rate, and when it ends."""
    relays = [relay for relay in setup.relays.values() if not relay.backup]
    quotas, rates = [relay.quota for relay in relays], [relay.rate for relay in relays]
    quota, rate = (sum(quotas) if all(quotas) else 0), (sum(rates) if all(rates) else 0.0)
    rows, schedule = setup.readers, setup.newsletter.schedule
    said = f"{rows:,} rows, {f'quota {quota:,}' if quota else 'no quota'}, {f'rate {rate:g}/s' if rate else 'no rate'}"
    begins = _begins(schedule, setup.now)
    if quota and rows > quota:
        yield _line(
            setup.name, Grade.RED, f"{said}: ends never, {rows - quota:,} readers are left over each day"
        )
        return
    if quota and rows + setup.others > quota:
        words = f"{said}: the other newsletters' {setup.others:,} rows do not fit beside it on one day"
        yield _line(setup.name, Grade.RED, words)
        return
    if not rate:
        yield _line(setup.name, Grade.GREEN, f"{said}: as fast as the relay takes them")
        return
    ends = begins + timedelta(seconds=rows / rate)
    local, late = ends.astimezone(schedule.tz), ends > begins + schedule.freshness
    day = "" if local.date() == begins.astimezone(schedule.tz).date() else f" on {local:%Y-%m-%d}"
    words = f"{said}: ends {local:%H:%M}{day}"
    if late:
        left = rows - int(rate * schedule.freshness.total_seconds())
        deadline = (begins + schedule.freshness).astimezone(schedule.tz)
        yield _line(
            setup.name, Grade.RED, f"{words}, but expires {deadline:%H:%M}: {left:,} readers go without"
        )
    else:
        yield _line(setup.name, Grade.GREEN, words)


def _begins(schedule: Schedule, now: datetime) -> datetime:
    """Return the next moment of the newsletter's time of day."""
    local = now.astimezone(schedule.tz)
    today = local.replace(
        hour=schedule.time.hour, minute=schedule.time.minute, second=schedule.time.second, microsecond=0
    )
    return today if today >= local else today + timedelta(days=1)
