"""How many bytes go to the terminal: the same on every machine, so they are held to a number."""

import pytest

from tests.terminals.pty import Terminal, running

PROMPT = "the cat sat on the mat and the dog ran to the house and then the bird saw a tree in the"
STORY = (
    "Once upon a time there was a king. He lived in a castle with his dog. One day the king lost "
    "his crown. He looked for it in the garden and by the river, but he did not find it. Then a "
    "little girl saw the crown under a tree. She gave it to the king. He was very happy"
)
"""Rows and columns enough to fill the pane with half blocks."""
ARROWS = {"left": "\x1b[D", "right": "\x1b[C", "up": "\x1b[A", "down": "\x1b[B"}


def opened(terminal: Terminal) -> None:
    """Wait for the first picture."""
    terminal.until(lambda text: "quit" in text and "next token" in text)
    terminal.rest()


def cost(terminal: Terminal, keys: str) -> int:
    """The bytes that some keys cost."""
    before = len(terminal.written)
    terminal.send(keys)
    terminal.read(20)
    terminal.rest()
    return len(terminal.written) - before


@pytest.mark.parametrize(("color", "most"), [("truecolor", 45_000), ("256", 33_000)])
@pytest.mark.parametrize(
    ("model", "prompt", "place"),
    [
        ("toy", PROMPT, "blocks.0.scores"),
        ("toy", PROMPT, "blocks.0.softmax"),
        ("story", STORY, "blocks.0.scores"),
        ("story", STORY, "blocks.3.softmax"),
    ],
)
def test_the_whole_screen_and_a_cursor_move(
    color: str, most: int, model: str, prompt: str, place: str
) -> None:
    with running("-m", model, "-p", prompt, "--at", place, "--color", color) as terminal:
        opened(terminal)
        assert 2_000 < len(terminal.written) < most
        if model == "story":  # the end of text has a name so long that the texts beside it move
            assert 20 < cost(terminal, ARROWS["right"]) < 2_000
        for key in ("right", "up", "left", "down"):
            assert 20 < cost(terminal, ARROWS[key]) < 1_000, key
        before = len(terminal.written)
        terminal.resize(121, 40)
        terminal.read(20)
        terminal.rest(1.5)
        assert 2_000 < len(terminal.written) - before < most  # all of it, once more
        assert cost(terminal, "x") == 0  # a key that does nothing
        terminal.send("q")
        assert terminal.wait() == 0


def test_low_bandwidth_takes_fewer_bytes() -> None:
    sizes = []
    for extra in ((), ("--low-bandwidth",)):
        args = ("-m", "toy", "-p", PROMPT, "--at", "blocks.0.scores", *extra)
        with running(*args, environ={"COLORTERM": "truecolor"}) as terminal:
            opened(terminal)
            sizes.append(len(terminal.written))
    assert sizes[1] < sizes[0]
