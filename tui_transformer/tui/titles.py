"""Titles on borders: plain text, set only when they change."""

from collections.abc import Mapping
from typing import Self

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


class Titled(Widget):
    """A widget whose words on the border change without the rest being drawn again.

    A border's title redraws the widget and all that is in it when it is set. Only the line of the
    border changes, so here only that is drawn. As a base it comes after the container: Textual
    takes the styles of the first.
    """

    _words: Mapping[str, str] = {}
    _edge: Region | None = None

    def retitle(self, title: str | None = None, subtitle: str | None = None) -> None:
        """Put words on the border, above and below; they are never read as markup.

        The words that are there already, and `None`, change nothing.
        """
        for place, words, y in (
            ("border_title", title, -1),
            ("border_subtitle", subtitle, self.size.height),
        ):
            if words is None or self._words.get(place) == words:
                continue
            self._words = {**self._words, place: words}
            self._edge = Region(-1, y, self.outer_size.width, 1)
            try:
                setattr(self, place, Content(words))
            finally:
                self._edge = None

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Draw again; while words are put on the border, no more than its line."""
        if self._edge is not None and self.size:
            regions = (self._edge,)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
