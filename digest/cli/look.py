"""`digest look`: copy the shipped templates, try your own, see the sample edition in them."""

from pathlib import Path
from typing import Annotated

import typer

from digest.cli.output import JSON_HELP, as_json, console, findings, opened
from digest.demo.pictures import picture
from digest.flows.newsroom import look

cli = typer.Typer(help="The look of the mail: templates and words of your own.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]


@cli.callback()
def _group() -> None:
    """The look of the mail: templates and words of your own."""


@cli.command()
def export(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where to: your templates folder, or one to read in.")],
    files: Annotated[
        list[str] | None, typer.Argument(help="Only these, such as parts/blocks/footer.mjml; all without.")
    ] = None,
    json: Json = False,
) -> None:
    """Copy the shipped templates and words, and a README of every variable. What is there already stays."""
    with opened(context) as app:
        own = app.config.site.templates
        made = look.export(folder, files or ())
    if json:
        return as_json(made)
    for file in made.kept:
        console.print(f"{file} is there already and is not ours: it stays as it is.", markup=False)
    console.print(
        f"Wrote {len(made.wrote)} files into {folder}; {folder / look.README} says what they may use."
    )
    if own is None or own.resolve() != folder.resolve():
        console.print(f'To use them: templates = "{folder}" in [site].', markup=False)
    console.print("Leave out what you do not change. Then: digest look check, digest look preview")


@cli.command()
def check(context: typer.Context, json: Json = False) -> None:
    """Try every template with the sample edition, and the words of each language. Exit 1 where a mail would fail."""
    with opened(context) as app:
        found = look.check(app.config)
    findings(found, json=json)


@cli.command()
def preview(
    context: typer.Context,
    newsletter: Annotated[str | None, typer.Argument(help="Only this newsletter; all without.")] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The folder to write into.")] = Path(
        "look-preview"
    ),
    json: Json = False,
) -> None:
    """Write the sample edition as HTML files: light, dark, on a phone, and from right to left."""
    with opened(context) as app:
        pages = look.preview(app.config, out, picture, newsletter)
    if json:
        return as_json([str(page) for page in pages])
    for page in pages:
        console.print(f"Open {page} in a browser.", markup=False)
