"""Titles on borders: plain text, set only when they change."""

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


def retitle(widget: Widget, title: str | None = None, subtitle: str | None = None) -> None:
    """Put words on a widget's border; they are never read as markup.

    Setting `border_title` redraws the widget and all that is in it. Only the line of the border
    changes, so only that is drawn again, and not for the same words. There is no public way to set
    it without the redraw: the property calls `refresh()` itself. So the two private attributes
    behind it are set, as the property would.
    """
    for name, words, line in (
        ("_border_title", title, -1),
        ("_border_subtitle", subtitle, widget.size.height),
    ):
        if words is None or getattr(widget, f"{name}_words", None) == words:
            continue
        setattr(widget, f"{name}_words", words)
        setattr(widget, name, Content(words))
        if widget.size:
            widget.refresh(Region(-1, line, widget.outer_size.width, 1))
