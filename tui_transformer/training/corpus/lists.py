"""Lists: shopping, packing, counting, days, and what kind of thing something is."""

from collections.abc import Callable
from typing import Any

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.lexicon import Noun
from tui_transformer.training.corpus.people import NAMES, Person, capital, mention

_FOOD_MANY = lex.form((*lex.FRUIT, *lex.VEGETABLES, *lex.BAKED), "many")
_PACKED = lex.form((*lex.CLOTHES, *lex.TOYS, *lex.THINGS), "a")
_COLOUR = lex.plain(lex.COLOURS)
_MORE, _LAST = of(",", "and"), of("and")


def _series(pen: Pen, choice: Choice[Noun]) -> list[Noun]:
    """`apples, pears and plums`: two to five, none twice."""
    items = [pen.pick(choice)]
    while True:
        last = pen.pick(_MORE if len(items) < 4 else _LAST) == " and"
        items.append(pen.pick(choice, items))
        if last:
            return items


def _again(pen: Pen, pieces: list[str]) -> None:
    """The same series once more."""
    for i, piece in enumerate(pieces):
        if i:
            pen.say(" and" if i == len(pieces) - 1 else ",")
        pen.recall(piece, "list")


def _shopping(pen: Pen, who: Person) -> None:
    pen.pick(_SHOPS)
    items = _series(pen, _FOOD_MANY)
    pen.say(". At home")
    mention(pen, who)
    pen.pick(_PUT)
    _again(pen, [item.the_many for item in items])
    pen.pick(_ON)


_SHOPS = of("went to the market and bought", "went to the shop and bought", "asked the farmer for",
            "bought some", "picked some")  # fmt: skip
_PUT = of("washed", "counted", "weighed", "tasted")
_ON = of(".", "one by one.", "with a smile.", "and had lunch.")


def _packing(pen: Pen, who: Person) -> None:
    items = _series(pen, _PACKED)
    pen.say(" into the")
    pen.pick(_BAG)
    mention(pen, who)
    pen.pick(_TOOK)
    _again(pen, [item.the for item in items])
    pen.pick(_OUT)


_BAG = of("bag. Later", "box. Later", "basket. Then", "car. In the evening")
_TOOK = of("took", "carried")
_OUT = of("out again.", "home.", "to the river.", "to the old tree.")


def _named(pen: Pen, who: Person) -> None:
    if pen.perhaps(0.5, " put"):
        _packing(pen, who)
    else:
        _shopping(pen, who)


def _counting(pen: Pen, first: int) -> None:
    """Up or down from a number, as far as one and twelve."""
    numbers = [first]
    step = 0
    while True:
        at = numbers[-1]
        ways = [at + 1, at - 1] if step == 0 else [at + step]
        ways = [n for n in ways if 1 <= n <= 12]
        if not ways:
            pen.say(".")
            return
        if len(numbers) > 2 and pen.perhaps(0.2, "."):
            return
        pen.say(",")
        numbers.append(pen.pick(_STEPS[tuple(ways)]))
        step = numbers[-1] - at


_STEPS: dict[tuple[int, ...], Choice[int]] = {
    ways: Choice(((ph.number(n), n, 1.0) for n in ways), "number")
    for a in range(13)
    for ways in ((a,), (a + 1, a - 1))
    if min(ways) >= 1 and max(ways) <= 12
}


def _calendar(pen: Pen, names: tuple[str, ...], at: int) -> None:
    """Days or months in their order, from any of them."""
    for count in range(1, len(names)):
        if count > 2 and pen.perhaps(0.25, "."):
            return
        pen.say(",")
        pen.recall(names[(at + count) % len(names)], "order")
    pen.say(".")


_KINDS: tuple[tuple[str, Choice[Any]], ...] = (
    ("colours", _COLOUR), ("animals", lex.form(lex.ANIMALS, "many")),
    ("fruits", lex.form(lex.FRUIT, "many")), ("clothes", lex.form(lex.CLOTHES[:6], "many")),
    ("plants", lex.form(lex.PLANTS, "many")), ("toys", lex.form(lex.TOYS, "many")),
)  # fmt: skip


def _kinds(pen: Pen) -> None:
    """`We know these colours: red, blue and green.`"""
    choice = pen.pick(_KIND)
    items = [pen.pick(choice)]
    for _ in range(3):
        if pen.perhaps(0.3, " and"):
            break
        pen.say(",")
        items.append(pen.pick(choice, items))
    else:
        pen.say(" and")
    pen.pick(choice, items)
    pen.say(".")


_KIND: Choice[Choice[Any]] = Choice((f" {name}:", choice, 1.0) for name, choice in _KINDS)


def _game(pen: Pen) -> None:
    """The packing game: each sentence says the whole list again and one thing more."""
    items: list[Noun] = []
    for turn in range(5):
        if turn in (1, 2):
            pen.say(_PACK)
        elif turn > 2 and not pen.perhaps(0.5, _PACK):
            return
        _again_open(pen, [item.a for item in items])
        items.append(pen.pick(_PACKED, items))
        pen.say(".")


_PACK = " I packed my bag with"


def _again_open(pen: Pen, pieces: list[str]) -> None:
    for i, piece in enumerate(pieces):
        pen.recall(piece, "list")
        pen.say(" and" if i == len(pieces) - 1 else ",")


Frame = Callable[[Pen], None]


def _of_number(n: int) -> Frame:
    return lambda pen: _counting(pen, n)


def _of_calendar(names: tuple[str, ...], at: int) -> Frame:
    return lambda pen: _calendar(pen, names, at)


def _of_name(person: Person) -> Frame:
    return lambda pen: _named(pen, person)


_STARTS: Choice[Frame] = either(
    (0.4, Choice((p.name, _of_name(p), 1.0) for p in NAMES.values)),
    (0.15, Choice((capital(ph.number(n)), _of_number(n), 1.0) for n in range(1, 13))),
    (0.1, Choice((day, _of_calendar(lex.DAYS, i), 1.0) for i, day in enumerate(lex.DAYS))),
    (0.05, Choice((m, _of_calendar(lex.MONTHS, i), 1.0) for i, m in enumerate(lex.MONTHS))),
    (0.15, Choice([(" We know these", _kinds, 1.0)])),
    (0.15, Choice([(_PACK, _game, 1.0)])),
)


def lists(pen: Pen) -> None:
    """One list."""
    pen.pick(_STARTS)(pen)
