"""The palettes as Textual's themes."""

from textual.theme import Theme

from tui_transformer.render.palettes import Palette

PREFIX = "tuitf-"


def theme_of(name: str, palette: Palette) -> Theme:
    """A palette for what Textual draws: borders, inputs, boxes."""
    return Theme(
        name=PREFIX + name,
        primary=palette.accent,
        secondary=palette.roles["stream"],
        accent=palette.accent,
        foreground=palette.text,
        background=palette.background,
        surface=palette.panel,
        panel=palette.raised,
        success=palette.good,
        warning=palette.accent,
        error=palette.bad,
        dark=palette.dark,
        variables={
            "border": palette.line,
            "border-blurred": palette.line,
            "footer-background": palette.panel,
            "block-cursor-background": palette.accent,
            "block-cursor-foreground": palette.background,
            "input-cursor-background": palette.accent,
            "scrollbar": palette.line,
            "scrollbar-background": palette.panel,
        },
    )
