"""What `digest init` and `digest serve` print while there is no user: the link that makes the first admin."""

from digest.app import App
from digest.cli.output import console
from digest.flows.newsroom import setup


def setup_link(app: App) -> None:
    """Print the link that makes the first admin; nothing once there is a user."""
    if not setup.nobody(app):
        return
    console.print(
        "Nobody can sign in to the desk yet. This link makes the first admin, once, within the hour, while "
        "digest serve runs:"
    )
    for number, address in enumerate(setup.addresses(app)):
        console.print(f"  {address}{' (on this machine)' if number else ''}", markup=False)
    console.print("Or by hand: digest users add NAME --role admin. For a new link: digest init")
