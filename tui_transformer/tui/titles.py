"""Titles on borders: plain text, set only when they change."""

from rich.text import Text
from textual.widget import Widget


def retitle(widget: Widget, title: str | None = None, subtitle: str | None = None) -> None:
    """Put words on a widget's border.

    Setting a title redraws the widget and all that is in it, so the same words are not set again;
    as `Text` they are never read as markup.
    """
    if title is not None and getattr(widget, "_words_above", None) != title:
        widget._words_above = title  # type: ignore[attr-defined]
        widget.border_title = Text(title)
    if subtitle is not None and getattr(widget, "_words_below", None) != subtitle:
        widget._words_below = subtitle  # type: ignore[attr-defined]
        widget.border_subtitle = Text(subtitle)
