"""A few screens as text, to be read in review; `pytest --update-snapshots` writes them anew."""

import re
from difflib import unified_diff
from hashlib import sha256
from pathlib import Path

import pytest

from tests.tui.harness import SIZES, Stage, opened

FOLDER = Path(__file__).with_name("snapshots")
COLOURED = re.compile(r"\x1b\[(?:[0-9;]*;)?(?:[34][0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
_NUMBER = re.compile(r"\d+\.\d+")


def picture(stage: Stage) -> str:
    """The screen as text, and a digest of its styles."""
    text = "\n".join(line.rstrip() for line in stage.lines())
    styles = [(s.text, str(s.style)) for strip in stage.strips() for s in strip.simplify()]
    kinds = len({style for _, style in styles})
    digest = sha256(repr(styles).encode()).hexdigest()[:16]
    return f"{text}\nstyles: {kinds} kinds, {digest}\n"


def alike(a: str, b: str) -> bool:
    """Whether two lines are the same but for the last digit of their numbers.

    Machines add in different orders; the last of six digits may differ between them.
    """
    if _NUMBER.sub("#", a) != _NUMBER.sub("#", b):
        return False
    for x, y in zip(_NUMBER.findall(a), _NUMBER.findall(b), strict=True):
        if len(x) != len(y) or abs(int(x.replace(".", "")) - int(y.replace(".", ""))) > 1:
            return False
    return True


def compare(name: str, found: str, update: bool) -> None:
    """Hold a picture to the one that was kept, and show where they differ."""
    path = FOLDER / f"{name}.txt"
    if update:
        FOLDER.mkdir(exist_ok=True)
        path.write_text(found, "utf-8")
        return
    kept = path.read_text("utf-8") if path.exists() else ""
    if kept == found:
        return
    old, new = kept.splitlines(), found.splitlines()
    numbers_only = len(old) == len(new) and all(map(alike, old[:-1], new[:-1]))
    if numbers_only and old[:-1] != new[:-1]:  # then the digest differs as well
        return
    diff = "\n".join(unified_diff(old, new, f"kept {name}", "found", lineterm="", n=1))
    pytest.fail(f"{diff}\n\nif this is meant: pytest tests/tui --update-snapshots", pytrace=False)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether the pictures are to be written anew."""
    return bool(request.config.getoption("write_snapshots"))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_screens(size: tuple[int, int], update: bool) -> None:
    name = f"{size[0]}x{size[1]}"
    async with opened("worked", size) as stage:
        compare(f"tokens-{name}", picture(stage), update)
        stage.walk.jump("blocks.0.softmax")
        await stage.settle()
        compare(f"softmax-{name}", picture(stage), update)
        await stage.press("o")
        compare(f"overview-{name}", picture(stage), update)


async def test_a_screen_without_colour(update: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened("toy", at="blocks.0.softmax") as stage:
        compare("softmax-plain-120x40", picture(stage), update)
        await stage.press("z", "z", "right")
        compare("softmax-plain-cells-120x40", picture(stage), update)
        await stage.press("space", "tab", "o", "enter", "escape", "e", "escape", "question_mark")
        await stage.press("escape", "m", "escape", "y", "escape", "slash", "escape", "G", "s")
        for strip in stage.strips():
            for segment in strip:
                style = segment.style
                assert style is None or not _coloured(style.color)
                assert style is None or not _coloured(style.bgcolor)
        for sent in stage.app.sent:
            assert COLOURED.search(sent) is None


def _coloured(colour: object) -> bool:
    return colour is not None and not getattr(colour, "is_default", False)


def test_the_comparison_sees_what_it_should() -> None:
    assert alike("x 0.550074 y", "x 0.550075 y")
    assert not alike("x 0.550074 y", "x 0.550076 y")
    assert not alike("x 0.550074 y", "x 0.550074 z")
    assert not alike("x 10.5", "x 9.95")
    assert COLOURED.search("\x1b[1;38;2;1;2;3mx")
    assert COLOURED.search("\x1b[31mx")
    assert COLOURED.search("\x1b[1;97mx")
    assert not COLOURED.search("\x1b[1;2;4;7mx\x1b[0m\x1b[39;49m")
