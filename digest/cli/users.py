"""`digest users`: who may use the desk. It works on this machine whatever happens on the web."""

import secrets
import sys
from typing import Annotated

import typer

from digest import passwords
from digest.cli.output import JSON_HELP, as_json, console, opened, table
from digest.cli.shell import shell_user
from digest.flows.newsroom import users as flow
from digest.store.accounts import users
from digest.store.accounts.users import RANK, Role

cli = typer.Typer(help="People of the newsroom who may use the desk.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The user's name.")]
RoleName = Annotated[str, typer.Option("--role", help="viewer sees, editor acts, admin also manages people.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password and print it.")]


@cli.command()
def add(context: typer.Context, name: Name, role: RoleName = "editor", generate: Generate = False) -> None:
    """Add a user; the first must be an admin. The password is asked for, or read from standard input."""
    with opened(context) as app:
        flow.add(app, name, password := _password(generate), _role(role), by=shell_user())
    console.print(f"{name} may sign in as {role} at {app.config.site.url}/sign-in", markup=False)
    _shown(password, generate)


@cli.command("list")
def list_(
    context: typer.Context, json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False
) -> None:
    """List the users with their roles."""
    with opened(context) as app, app.db.read() as connection:
        found = users.every(connection)
    if json:
        return as_json(
            [
                {
                    "name": one.name,
                    "role": one.role,
                    "created_at": one.created_at,
                    "disabled_at": one.disabled_at,
                }
                for one in found
            ]
        )
    rows = [
        (one.name, one.role, f"{one.created_at:%Y-%m-%d}", "disabled" if one.disabled_at else "")
        for one in found
    ]
    table("", ("name", "role", "since", ""), rows)
    if not found:
        console.print(
            "Nobody yet, so the desk has no pages. Begin with: digest users add NAME --role admin, "
            "or by the link that digest init prints."
        )


@cli.command()
def role(
    context: typer.Context, name: Name, role: Annotated[str, typer.Argument(help="viewer, editor or admin.")]
) -> None:
    """Give a user another role; it counts from the next click on."""
    with opened(context) as app:
        flow.set_role(app, name, _role(role), by=shell_user())
    console.print(f"{name} is {role} now.", markup=False)


@cli.command()
def password(context: typer.Context, name: Name, generate: Generate = False) -> None:
    """Set a user's password and end all their sessions; any wait after failed sign-ins ends, too."""
    with opened(context) as app:
        flow.set_password(app, name, made := _password(generate), by=shell_user())
    console.print(f"{name} has a new password; every session of theirs has ended.", markup=False)
    _shown(made, generate)


@cli.command()
def disable(
    context: typer.Context,
    name: Name,
    again: Annotated[bool, typer.Option("--enable", help="Let them in again.")] = False,
) -> None:
    """Keep a user out from the next click on; with --enable, let them in again."""
    with opened(context) as app:
        flow.disable(app, name, by=shell_user(), again=again)
    console.print(f"{name} may sign in again." if again else f"{name} is out.", markup=False)


@cli.command()
def remove(context: typer.Context, name: Name) -> None:
    """Delete a user and end their sessions; what they did stays in the audit. To keep the name: disable."""
    with opened(context) as app:
        flow.remove(app, name, by=shell_user())
    console.print(f"{name} is removed.", markup=False)


def _role(text: str) -> Role:
    for known in RANK:
        if known == text:
            return known
    raise typer.BadParameter(f"{text!r} is no role; there are {', '.join(RANK)}", param_hint="--role")


def _password(generate: bool) -> str:
    if generate:
        return secrets.token_urlsafe(15)
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    typer.echo(passwords.RULE, err=True)
    given: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return given


def _shown(password: str, generated: bool) -> None:
    if generated:
        console.print(f"Password: {password}", markup=False)
