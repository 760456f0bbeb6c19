"""Styles into the elements, for the readers (Gmail's apps, Outlook) that drop or half-read a style sheet."""

import logging

from premailer import Premailer

_KEEP = ' data-premailer="ignore"'


def inlined(html: str, css: str) -> str:
    """Return *html* with the rules of *css* written into its elements; its own style blocks stay as they are.

    MJML has inlined its own reset already: doing so again in every cell costs a quarter of the size that
    Gmail allows. Each option below mends a default that breaks MJML's output: `!important` dropped from
    media queries, the doctype lost for its case, network access, attributes doubled.
    """
    ready = html.replace("<!doctype html>", "<!DOCTYPE html>", 1).replace("<style", f"<style{_KEEP}")
    made: str = Premailer(
        ready,
        css_text=[css],
        disable_leftover_css=True,
        keep_style_tags=True,
        strip_important=False,
        remove_classes=False,
        allow_network=False,
        disable_validation=True,
        align_floating_images=False,
        disable_basic_attributes=["width", "height", "bgcolor", "align", "valign"],
        cssutils_logging_level=logging.CRITICAL,
    ).transform()
    return made.replace(_KEEP, "")
