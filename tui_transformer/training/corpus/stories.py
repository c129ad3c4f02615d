"""Short stories in which people and things come back."""

from collections.abc import Callable

from tui_transformer.training.corpus import adventures as more
from tui_transformer.training.corpus import plots
from tui_transformer.training.corpus.grammar import Choice, Pen, of
from tui_transformer.training.corpus.openings import Story, opening
from tui_transformer.training.corpus.people import ANIMAL, mention

Plot = Callable[[Pen, Story], None]

_SOON = of("Then", "Soon", "After a while,", "A little later,", "After lunch,", "Suddenly")
_WHEN = of(
    "One day,", "One morning,", "One evening,", "One sunny day,", "One cold morning,",
    "One day in spring,", "One day in summer,", "One day in autumn,", "One day in winter,",
    "Then one day,", "One afternoon,", "One windy day,", "One Sunday,", "One Monday,",
    "On a rainy day,", "After breakfast,", "One Tuesday,", "One Friday,", "One snowy day,",
    "On the first day of May,", "On the last day of school,", "One warm evening,", "Once,",
    "One quiet morning,",
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
    pen.pick(_SOON if told.today else _WHEN)
    mention(pen, told.hero)
    pen.pick(_ANIMAL_PLOTS if told.hero.gender == ANIMAL else _PLOTS)(pen, told)
