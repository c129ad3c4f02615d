"""The words: nouns with their plurals, adjectives, verbs, colours and numbers.

Everything here is data. What goes together (which animal eats what, what is found at the beach) is
in `world.py`; people are in `people.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui_transformer.training.corpus.grammar import Choice

_VOWELS = "aeiou"


def with_article(word: str) -> str:
    """`" a ball"`, `" an egg"`: the indefinite article that the next word's first letter asks for.

    No word of the lexicon has a silent h or a u that sounds like "you".
    """
    return (" a" if is_plain(word) else " an") + word


def is_plain(word: str) -> bool:
    """Whether the article before it is "a"."""
    return word.strip()[0] not in _VOWELS


@dataclass(frozen=True, slots=True, eq=False)
class Noun:
    """A noun with its written forms, each a piece."""

    word: str
    many: str
    a: str
    the: str
    the_many: str

    def __repr__(self) -> str:
        return f"Noun({self.word.strip()})"


def noun(word: str, many: str = "") -> Noun:
    """A noun from its singular and, where adding an s is not enough, its plural."""
    plural = many or (word + ("es" if word.endswith(("s", "sh", "ch", "x")) else "s"))
    one, more = f" {word}", f" {plural}"
    return Noun(one, more, with_article(one), " the" + one, " the" + more)


def nouns(line: str) -> tuple[Noun, ...]:
    """Nouns from one line: `"ball leaf/leaves box"`."""
    return tuple(noun(*item.split("/")) for item in line.split())


def words(line: str) -> tuple[str, ...]:
    """Words as pieces."""
    return tuple(f" {word}" for word in line.split())


def form(items: Iterable[Noun], shape: str, fact: str = "") -> Choice[Noun]:
    """A choice of nouns written in one of their forms: `word many a the the_many`."""
    return Choice(((getattr(item, shape), item, 1.0) for item in items), fact)


def articled(items: Iterable[str], fact: str = "") -> Choice[str]:
    """A choice of adjectives with the article before them; the value is the bare word."""
    return Choice(((with_article(item), item, 1.0) for item in items), fact)


def plain(items: Iterable[str], fact: str = "") -> Choice[str]:
    """A choice of bare words."""
    return Choice(((item, item, 1.0) for item in items), fact)


TOYS = nouns(
    "ball kite doll drum boat whistle flute balloon robot truck puzzle train bear/bears "
    "guitar car rope hoop"
)
CLOTHES = nouns("hat coat scarf/scarves shirt belt cap bag ring cup blanket")
THINGS = nouns(
    "book box key coin map lamp bell basket pillow button ribbon feather shoe boot glove sock "
    "shell stone stick candle spoon bowl plate jar bottle brush pencil letter picture clock "
    "umbrella bucket ladder hammer wheel mirror pot pan lantern cushion comb"
)
BREAKABLE = nouns(
    "cup plate jar bottle bowl pot lamp mirror window vase mug chair clock teapot lantern jug stool"
)
PLANTS = nouns("flower tree leaf/leaves rose tulip bush daisy/daisies sunflower")
FURNITURE = nouns("table chair bed sofa shelf/shelves bench stool door window gate fence wall")
BUILDINGS = nouns("house barn tower bridge school shop church castle mill hut tent")
ANIMALS = nouns(
    "cat dog bird fox bear rabbit mouse/mice horse cow pig goat duck hen frog lion monkey "
    "elephant owl wolf/wolves squirrel hedgehog turtle snail butterfly/butterflies kitten puppy/"
    "puppies lamb pony/ponies donkey goose/geese bee tiger"
)
FRUIT = nouns("apple pear plum orange banana cherry/cherries peach grape lemon berry/berries")
VEGETABLES = nouns("carrot potato/potatoes tomato/tomatoes onion bean pea pumpkin turnip")
BAKED = nouns("cake pie pancake sandwich cookie muffin bun")
MASS_FOOD = words("bread cheese soup honey milk jam rice butter corn salad")
JOBS = nouns(
    "baker farmer teacher doctor nurse sailor painter gardener tailor cook shepherd driver "
    "singer dancer miller builder"
)

COLOURS = words("red blue green yellow purple pink brown black white grey golden silver")
NUMBERS = words("one two three four five six seven eight nine ten eleven twelve")
DAYS = words("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")
MONTHS = words(
    "January February March April May June July August September October November December"
)
SEASONS = words("spring summer autumn winter")

SIZES = words("big small little tiny huge")
LOOKS = words("old new pretty lovely strange nice fine")
FEELINGS = words(
    "happy sad tired hungry thirsty sleepy angry scared proud glad excited lonely cold warm ill "
    "bored surprised busy"
)
TASTY = words("sweet tasty warm delicious good fresh")
FINE_DAYS = words("sunny fine warm bright lovely quiet cold windy rainy snowy foggy cloudy")

THING_STATES = words("old new clean dirty dry wet heavy light broken small big pretty")
LIVING_STATES = words("tired hungry happy thirsty sleepy quiet small big old young fast slow")

ACTIVITIES = words("sing dance read paint draw swim run climb cook bake fish skate whistle jump")
"""Things that one loves to do: verbs that stand alone."""


OPPOSITES = tuple(
    words(line)
    for line in (
        "big small", "hot cold", "old new", "long short", "fast slow", "hard soft", "wet dry",
        "dark bright", "happy sad", "clean dirty", "full empty", "heavy light", "thick thin",
        "rich poor", "early late", "open closed", "loud quiet", "strong weak", "high low",
        "sweet sour",
    )
)  # fmt: skip

RANDOM_WORDS = tuple(
    dict.fromkeys(
        [
            item.word
            for group in (
                TOYS, CLOTHES, THINGS, PLANTS, FURNITURE, BUILDINGS, ANIMALS, FRUIT, VEGETABLES,
                BAKED, JOBS,
            )
            for item in group
        ]
        + [*COLOURS, *NUMBERS, *MASS_FOOD, *SEASONS, *SIZES, *FEELINGS, *ACTIVITIES]
        + [word for pair in OPPOSITES for word in pair]
        + list(
            words(
                "sun moon star cloud rain snow wind sea river hill forest beach field road sand "
                "grass ice fire smoke song dream story noise party game race gift friend hand foot "
                "nose ear tail wing tooth heart morning night day week"
            )
        )
    )
)  # fmt: skip
"""What repeats of random words are made of: each once, in lower case."""
