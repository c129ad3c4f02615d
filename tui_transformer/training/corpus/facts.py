"""What a child of six knows: colours, opposites, sums, young animals, where things come from."""

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus.grammar import Choice, Pen, either
from tui_transformer.training.corpus.people import capital
from tui_transformer.training.corpus.world import HABITS

_LOOKS = {
    "The sky": "blue", "The sea": "blue", "The sun": "yellow", "Grass": "green", "Snow": "white",
    "Milk": "white", "Coal": "black", "A tomato": "red", "A cherry": "red", "A lemon": "yellow",
    "A banana": "yellow", "A frog": "green", "A fox": "red", "An elephant": "grey",
    "A mouse": "grey", "A pig": "pink", "A carrot": "orange", "A plum": "purple", "A bear": "brown",
    "The night": "black", "Chocolate": "brown", "A pea": "green", "A swan": "white",
    "Ice": "cold", "Fire": "hot", "Honey": "sweet", "Sugar": "sweet", "A feather": "light",
    "A stone": "hard", "A pillow": "soft", "A snail": "slow", "A giant": "big", "An ant": "small",
    "A lion": "strong", "Water": "wet",
}  # fmt: skip
_COME_FROM = {
    "Milk comes": "cows", "Eggs come": "hens", "Honey comes": "bees", "Wool comes": "sheep",
    "Bread comes": "the baker", "Apples come": "trees", "Rain comes": "the clouds",
    "Letters come": "the post", "Flour comes": "the mill", "Light comes": "the sun",
}  # fmt: skip
_HAS = {
    "A dog": "four legs", "A cat": "four legs", "A bird": "two wings", "A bee": "six legs",
    "A hand": "five fingers", "A foot": "five toes", "A week": "seven days",
    "A year": "twelve months", "A car": "four wheels", "A face": "one nose",
    "A child": "two hands", "A goose": "two wings", "A chair": "four legs", "A horse": "four legs",
    "A snail": "one shell", "A day": "one morning", "A house": "one roof",
}  # fmt: skip
_YOUNG = {
    "cat": "kitten", "dog": "puppy", "sheep": "lamb", "cow": "calf", "duck": "duckling",
    "hen": "chick", "bear": "cub", "horse": "foal", "goat": "kid", "swan": "cygnet",
}  # fmt: skip
_LIVE = {
    "Bears": "the forest", "Fish": "water", "Birds": "trees", "Cows": "the field",
    "Kings": "castles", "Bees": "a hive", "Lions": "the zoo", "Sailors": "ships",
    "Frogs": "the pond", "Dogs": "houses", "Rabbits": "holes", "Wizards": "towers",
}  # fmt: skip


def _told(facts: dict[str, str], middle: str) -> Choice[str]:
    """Facts by how they start; the value is how they go on."""
    return Choice((f" {start}{middle}", f" {rest}", 1.0) for start, rest in facts.items())


_EAT = Choice((capital(animal.many) + " like", food, 1.0) for animal, (food, _) in HABITS.items())
_OPPOSITE = Choice(
    (f" The opposite of{a} is", b, 1.0) for pair in lex.OPPOSITES for a, b in (pair, pair[::-1])
)
SUMS = Choice(
    (capital(ph.number(a)) + f" and{ph.number(b)} make", ph.number(a + b), 1.0)
    for a in range(1, 7) for b in range(1, 7)
)  # fmt: skip
_DAYS = Choice(
    (f" {when}{day} comes", lex.DAYS[(i + step) % 7], 1.0)
    for i, day in enumerate(lex.DAYS) for when, step in (("After", 1), ("Before", -1))
)  # fmt: skip
_FACTS: Choice[str] = either(
    (0.25, _told(_LOOKS, " is")), (0.1, _told(_COME_FROM, " from")), (0.1, _told(_HAS, " has")),
    (0.08, Choice((f" A young {old} is a", f" {young}", 1.0) for old, young in _YOUNG.items())),
    (0.08, _told(_LIVE, " live in")), (0.14, _EAT), (0.1, _OPPOSITE), (0.1, SUMS), (0.05, _DAYS),
)  # fmt: skip


def facts(pen: Pen) -> None:
    """One to four facts, none of them twice in a row."""
    said = pen.pick(_FACTS)
    pen.recall(said, "fact")
    pen.say(".")
    for _ in range(3):
        following = pen.maybe(0.5, _FACTS, (said,))
        if following is None:
            return
        said = following
        pen.recall(said, "fact")
        pen.say(".")
