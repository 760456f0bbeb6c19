"""Colours: how well one can be read on another (WCAG 2.2, 1.4.3), and the form of a colour for a dark page."""

import colorsys

WHITE, DARK = "#FFFFFF", "#14161A"  # the two grounds of a mail
READABLE = 4.5  # the least contrast of small text to its ground, level AA
RGB = tuple[int, int, int]


def rgb(colour: str) -> RGB:
    """Return the parts, 0 to 255, of a colour written as #RRGGBB."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def contrast(one: RGB, other: RGB) -> float:
    """Return the contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def for_dark(colour: str) -> str:
    """Return *colour* as light as small text on the dark ground needs: the same hue, never darker than it was."""
    hue, light, saturation = colorsys.rgb_to_hls(*(part / 255 for part in rgb(colour)))
    for step in range(101):
        found = tuple(
            round(255 * part)
            for part in colorsys.hls_to_rgb(hue, light + (1 - light) * step / 100, min(saturation, 0.75))
        )
        if contrast((found[0], found[1], found[2]), rgb(DARK)) >= 1.4 * READABLE:
            break
    return "#" + "".join(f"{part:02X}" for part in found)


def _luminance(colour: RGB) -> float:
    parts = [part / 255 for part in colour]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
