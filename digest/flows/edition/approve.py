"""Approve: from here on the edition does not change; what was seen is what is sent."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import preflight
from digest.editions.choices import NEEDED, SCHEDULE, approvals, approvers
from digest.editions.embargo import embargoed
from digest.editions.preflight import Finding
from digest.errors import EditionError, UserError
from digest.flows.edition.preflight import proof
from digest.model import Choice, Edition, EditionEvent, EditionState
from digest.model.choice import Approve
from digest.store import choices, editions, variants
from digest.store.accounts import audit, users
from digest.store.accounts.users import Role
from digest.store.deliveries import plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """What came of an approval: *approved* now, *refused* by a finding that stops it, or waiting for another person."""

    approved: bool
    refused: bool
    words: str
    findings: tuple[Finding, ...] = ()


def approve(app: App, name: str, day: date | None, *, by: str, override: str = "", via: str = "") -> Approval:
    """Approve the draft of *name* for *day* in the name of *by*; see `freeze`."""
    if by == SCHEDULE:
        raise UserError(f"{by!r} is no person", do="Name who approves.")
    return freeze(app, app.edition(name, day), by, override=override, via=via)


def freeze(app: App, edition: Edition, by: str, *, override: str = "", via: str = "") -> Approval:
    """Record that *by* approves this revision, and freeze it once enough people have.

    The revision is part of the condition, so nobody approves what they have not seen. What the preflight
    stops is not approved, but for an *override*: an admin's reason, which the audit keeps with what it was
    about. Once there are users, *by* is one who may, and who approved before is looked at again: only who may
    approve now counts. Raises UserError where *by* may not. *via* says for the audit who typed it, and where.
    """
    newsletter = app.newsletter(edition.newsletter)
    where = f"{edition.newsletter} {edition.date}"
    if edition.state is EditionState.APPROVED:
        return Approval(approved=True, refused=False, words=f"{where} is approved already")
    if edition.state is not EditionState.DRAFT:
        raise EditionError(f"is {edition.state}, so there is nothing to approve", where=where)
    with app.db.write() as connection:
        if by != SCHEDULE:
            _may(connection, by, "admin" if override.strip() else "editor")
        kept = variants.existing(connection, edition)
        every = preflight.checklist(proof(app, connection, edition, newsletter))
        findings = tuple(finding for finding in every if finding.level != "ok")
        stops = [finding for finding in findings if finding.level == "stop"]
        if stops and override.strip():
            reason = " ".join(override.split())[:500]
            about = f"revision {edition.revision}: {reason} (against: {'; '.join(one.what for one in stops)})"
            about += f"; {via}" if via else ""
            audit.record(connection, app.now(), by, "override", about, edition=edition.id)
        elif stops:
            words = f"{where} is not approved: {stops[0]}"
            return Approval(approved=False, refused=True, words=words, findings=findings)
        before = approvals(choices.of(connection, edition.id), edition.revision)
        counted = approvers(before, users.able(connection, "editor"))
        if by not in counted:
            choices.add(connection, edition.id, Choice(Approve(edition.revision), by, app.now()))
            said = f"revision {edition.revision}, {kept.sha256[:12]}{f'; {via}' if via else ''}"
            audit.record(connection, app.now(), by, "approve", said, edition=edition.id)
        people = counted | {by}
        needed = NEEDED[newsletter.schedule.approval]
        if len(people) < needed:
            words = f"{where}, revision {edition.revision}: {by} approves; {needed - len(people)} more must"
            return Approval(approved=False, refused=False, words=words, findings=findings)
        moved = editions.transition(
            connection,
            edition.id,
            EditionEvent.APPROVE,
            at=app.now(),
            only=editions.at_revision(edition.revision),
        )
        if not moved:
            raise EditionError("changed a moment ago", where=where, do="Look at it again, then approve.")
        if edition.started_at is not None:
            plan.close(connection, edition.id, app.now(), resend=newsletter.unknown == "resend")
    words = (
        f"{where}, revision {edition.revision} is approved ({', '.join(sorted(people))}); {kept.sha256[:12]}"
    )
    return Approval(approved=True, refused=False, words=words, findings=findings)


def _may(connection: Connection, by: str, role: Role) -> None:
    """Raise UserError unless *by* is an enabled user with *role*, once there are users."""
    if not users.exist(connection):
        return
    account = users.by_name(connection, by)
    if account is not None and account.may(role):
        return
    able = ", ".join(one.name for one in users.every(connection) if one.may(role))
    why = (
        "is no user of the desk"
        if account is None
        else "is kept out of the desk"
        if account.disabled_at is not None
        else f"is {account.role}, and only an {role} can do that"
    )
    raise UserError(why, where=by, do=f"Name one of: {able or 'nobody yet'}.")


def withdraw(app: App, edition: Edition, by: str) -> bool:
    """Make an approved edition a draft again while nothing of it went out; return whether it was one."""
    with app.db.write() as connection:
        if not editions.transition(connection, edition.id, EditionEvent.WITHDRAW, at=app.now()):
            return False
        audit.record(connection, app.now(), by, "withdraw approval", edition=edition.id)
        choices.undo_approvals(connection, edition.id, by, app.now())
    return True


def held_until(app: App, edition: Edition, newsletter: Newsletter) -> str:
    """Return which placed story of *edition* is held until later than now, in words; "" when none is."""
    with app.db.read() as connection:
        placed, made = editions.titles_placed(connection, edition), choices.of(connection, edition.id)
    return embargoed(placed, made, app.now(), newsletter.schedule.tz)
