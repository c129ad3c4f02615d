"""Short stories in which people and things come back."""

from collections.abc import Callable

from tui_transformer.training.corpus import adventures as more
from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import plots
from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.openings import Story, opening
from tui_transformer.training.corpus.people import ANIMAL, mention

Plot = Callable[[Pen, Story], None]

_SOON = of("Then", "Soon", "After a while,", "A little later,", "After lunch,", "Suddenly")
_WHEN = either(
    (0.25, of("One day,", "One morning,", "One evening,", "One afternoon,", "Once,")),
    (0.1, of(*(f"One{day}," for day in lex.DAYS))),
    (0.1, of("Then one day,", "After breakfast,", "Some days later,", "The next morning,")),
    (0.1, of(*(f"On the first day of{month}," for month in lex.MONTHS))),
    (0.2, of(*(f"One day in{season}," for season in (*lex.SEASONS, *lex.MONTHS)))),
    (0.25, of(*(f"One{sort} {time}," for sort in lex.FINE_DAYS
                for time in ("day", "morning", "evening", "afternoon")))),
)  # fmt: skip

_FOR_ALL = [
    (" lost", plots.lost, 3.0), (" found", plots.found, 3.0), (" went", more.went, 3.0),
    (" wanted to make", plots.made, 2.0), (" planted", plots.planted, 2.0),
    (" played hide and seek with", more.hid, 2.0), (" got", more.got, 2.0),
    (" heard", more.heard, 2.0), (" ran a race with", more.raced, 2.0),
]  # fmt: skip
_FOR_PEOPLE = [
    (" wanted to buy", plots.wanted, 2.0), (" met", plots.met, 4.0), (" broke", more.broke, 2.0),
    (" had a birthday.", more.birthday, 2.0), (" was ill and", more.ill, 2.0),
    (" saw", more.dragon, 2.0),
]  # fmt: skip
_ANIMAL_PLOTS: Choice[Plot] = Choice(_FOR_ALL)
_PLOTS: Choice[Plot] = Choice(_FOR_ALL + _FOR_PEOPLE)


def story(pen: Pen) -> None:
    """An opening, one thing that happens, and a close."""
    told = opening(pen)
    if not told.acting:
        pen.pick(_SOON if told.today else _WHEN)
        mention(pen, told.hero)
    pen.pick(_ANIMAL_PLOTS if told.hero.gender == ANIMAL else _PLOTS)(pen, told)
