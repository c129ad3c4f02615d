"""What goes out to the terminal: the same picture in fewer bytes, in ASCII where it must be."""

import re
from typing import TYPE_CHECKING, Any

from textual.drivers.linux_driver import LinuxDriver

from tui_transformer.tui.ascii import in_ascii
from tui_transformer.tui.canvas import Canvas

if TYPE_CHECKING:
    from textual.app import App

_SEQUENCE = re.compile(
    r"\x1b\[([0-?]*)[ -/]*([@-~])"  # CSI: its parameters and its last character
    r"|\x1b[\]P_^X][^\x1b\x07]*(?:\x07|\x1b\\)?"  # OSC, DCS and the like, to their end
    r"|\x1b."
)


class Thrift:
    """Rewrites what is sent so that only what changes on the screen is sent.

    Textual writes every cell of a region that may have changed, each run with its whole style, and
    after a change of the size all of it several times.

    Args:
        ascii_only: whether nothing but ASCII may go out.
    """

    def __init__(self, *, ascii_only: bool = False) -> None:
        self._ascii = ascii_only
        self._canvas = Canvas()

    def forget(self) -> None:
        """What is on the screen is not known any more, as after a change of its size."""
        self._canvas.forget()

    def __call__(self, data: str) -> str:
        """What to send instead; the screen is the same afterwards."""
        if self._ascii:
            data = in_ascii(data)
        canvas = self._canvas
        at = 0
        for found in _SEQUENCE.finditer(data):
            if found.start() > at:
                canvas.write(data[at : found.start()])
            at = found.end()
            codes, kind = found[1], found[2]
            if kind == "m" and not codes.strip("0123456789;"):
                canvas.style(codes)
            elif kind == "H" and not codes.strip("0123456789;"):
                row, _, column = codes.partition(";")
                canvas.move(int(column or 1) - 1, int(row or 1) - 1)
            else:
                canvas.other(found[0])
        if at < len(data):
            canvas.write(data[at:])
        return canvas.sent()


class ThriftyDriver(LinuxDriver):
    """Textual's driver, sending less."""

    ascii_only = False

    def __init__(self, app: "App[Any]", **kwargs: Any) -> None:
        super().__init__(app, **kwargs)
        self._watched = app
        self._drawn_for: object = None
        self._thrift = Thrift(ascii_only=self.ascii_only)

    def write(self, data: str) -> None:
        """Write data to the terminal."""
        size = self._watched.size
        if size != self._drawn_for:  # it has made of the picture what it likes
            self._drawn_for = size
            self._thrift.forget()
        sent = self._thrift(data)
        if sent:
            super().write(sent)


class AsciiDriver(ThriftyDriver):
    """The same where the terminal shows ASCII only."""

    ascii_only = True
