"""How a newsletter looks: its colours, logo and fonts, and the sections that it has."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from digest.config.base import Settings
from digest.config.types import Colour, Line, Slug
from digest.model.colour import READABLE, WHITE, contrast, rgb

Layout = Literal["list", "thumbnails", "cards", "briefs"]


def _readable(colour: str) -> str:
    found = contrast(rgb(colour), rgb(WHITE))
    if found < READABLE:
        raise ValueError(
            f"{colour} has a contrast of {found:.1f} on white, and small text needs {READABLE}: take a darker one"
        )
    return colour


class SectionRule(Settings):
    name: Slug
    title: Line
    stories: int = Field(default=4, ge=1, le=30)
    categories: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    colour: Annotated[Colour, AfterValidator(_readable)] | None = None
    layout: Layout = "list"


class Look(Settings):
    template: str = "default"
    accent: Colour = "#0B5FA5"
    accent_dark: Colour = "#7CB8EE"
    logo: str = ""
    logo_width: int = Field(default=220, ge=40, le=640)
    headline_font: Line = ""
    text_font: Line = ""
    radius: int = Field(default=0, ge=0, le=24)
    pictures: Literal["host", "hotlink", "none"] = "host"
