"""What scenes are made of: friends who come along, places to look, how a story closes."""

from functools import cache

from tui_transformer.training.corpus.grammar import Choice, Pen, either, of
from tui_transformer.training.corpus.openings import Story
from tui_transformer.training.corpus.people import KIN, NAMES, Person, capital, kin

_KIN_SHARE = 0.4


@cache
def _companions(hero: Person, *, capitals: bool) -> Choice[Person | None]:
    family = [kin(hero, word) for word in KIN]
    friend = hero.his + " friend"
    return either(
        (1 - _KIN_SHARE, Choice([(capital(friend) if capitals else friend, None, 1.0)])),
        (_KIN_SHARE, Choice((p.Name if capitals else p.name, p, 1.0) for p in family)),
        fact="pronoun",
    )


def friend(pen: Pen, story: Story, *, capitals: bool = False) -> Person:
    """Write `his friend Ben` or `his mother`: someone else who comes into the story.

    A friend whom the opening has named is the one who comes.
    """
    hero = story.hero
    if story.friend is not None:
        pen.recall(story.friend.name, "friend")
        return story.friend
    found = pen.pick(_companions(hero, capitals=capitals))
    return pen.pick(NAMES, (hero,)) if found is None else found


def they_or(pen: Pen, one: Person, two: Person) -> None:
    """Begin a sentence about both: "They" or their names."""
    pen.pick(_both(one, two))


@cache
def _both(one: Person, two: Person) -> Choice[str]:
    return Choice([(" They", "", 0.8), (f"{one.Name} and{two.name}", "", 0.2)], "person")


@cache
def _closings(hero: Person) -> Choice[tuple[str, Choice[str] | None]]:
    he, his, He, Name = hero.he, hero.his, hero.He, hero.Name
    whole = of(
        f"That night,{he} slept well.", f"{He} smiled all the way home.",
        f"{He} never forgot that day.", f"From that day on,{he} was never sad again.",
        f"And so the day ended well for{hero.name}.", f"{He} told everyone about it.",
        f"{Name} danced for joy.",
    )  # fmt: skip
    open_ended = [
        (f"{He} was very", _GLAD), (f"{Name} was very", _GLAD), (" It was the best", _TIME),
        (" What a", _LOVELY), (f" Then{he} went home and", _EVENING),
        (f" That evening,{he} told{his}", _FAMILY), (f"{He} felt as", _AS),
        (f" In the night,{he} dreamed of", _DREAMS),
    ]  # fmt: skip
    return either(
        (0.4, Choice((piece, ("", None), 1.0) for piece in whole.pieces)),
        (0.6, Choice((piece, (piece, rest), 1.0) for piece, rest in open_ended)),
        fact="person",
    )


@cache
def _shared_closings(one: Person, two: Person) -> Choice[tuple[str, Choice[str] | None]]:
    both = f"{one.Name} and{two.name}"
    whole = of(
        "They laughed and went home.", "From that day on, they were good friends.",
        f"{one.Name} hugged{two.name}.", f"{two.Name} smiled too.",
        "After that, they sang all the way home.", "They never forgot that day.",
        f"{both} sat down and laughed.", "They had a lovely day.",
    )  # fmt: skip
    open_ended = [
        (" They were both very", _GLAD), (f"{both} were very", _GLAD), (" What a", _LOVELY),
        (" It was the best", _TIME), (" Then they went home and", _EVENING),
        (" They felt as", _AS), (" At supper they talked about", _DREAMS),
    ]  # fmt: skip
    return either(
        (0.5, Choice((piece, ("", None), 1.0) for piece in whole.pieces)),
        (0.5, Choice((piece, (piece, rest), 1.0) for piece, rest in open_ended)),
        fact="person",
    )


_GLAD = of("happy.", "glad.", "pleased.", "proud.", "cheerful.", "tired but happy.", "hungry now.")
_TIME = of("day of the year.", "day of all.", "day ever.", "evening of the week.",
           "morning of the year.", "thing in the world.")  # fmt: skip
_LOVELY = of("lovely day it was!", "good day it was!", "fine day!", "wonderful day!",
             "nice surprise!", "funny day it was!")  # fmt: skip
_EVENING = of("fell asleep.", "ate some soup.", "ate a big dinner.", "sat by the fire.",
              "drank some warm milk.", "looked at the stars.", "told the whole story.",
              "sang a song.", "had some tea and cake.")  # fmt: skip
_FAMILY = of("mother about it.", "father about it.", "grandmother the whole story.",
             "sister all about it.", "brother all about it.", "aunt about it.")  # fmt: skip
_AS = of("happy as a king.", "happy as a bird.", "proud as a lion.", "light as a feather.",
         "warm as the sun.", "rich as a queen.", "brave as a bear.")  # fmt: skip
_DREAMS = of("the sea.", "the moon.", "a white horse.", "a golden ship.", "a big cake.", "dragons.",
             "the stars.", "a land far away.", "snow.", "a flying bed.")  # fmt: skip


def close(pen: Pen, story: Story, other: Person | None = None) -> None:
    """The last sentence or two, about the hero alone or with another."""
    hero = story.hero
    rest = pen.pick(_closings(hero) if other is None else _shared_closings(hero, other))[1]
    if rest is not None:
        pen.pick(rest)
    if other is None and story.thing is not None and pen.perhaps(0.25, " Now the"):
        pen.recall(story.thing.noun.word, "thing")
        pen.pick(_IS_SAFE)
    pen.perhaps(0.15, " The end.")


_IS_SAFE = of(
    "was on the shelf.", "lay beside the bed.", "was in a safe place.", "looked even nicer."
)


def asks(pen: Pen, person: Person) -> None:
    """`asked Ben`, after a quotation."""
    pen.say(" asked")
    pen.recall(person.name, "person")


def says(pen: Pen, person: Person) -> None:
    """`said Ben`, after a quotation."""
    pen.say(" said")
    pen.recall(person.name, "person")
