"""What goes together: places and what is found there, animals and what they eat and where they sit,
things and what they are made of."""

from dataclasses import dataclass

from tui_transformer.training.corpus.grammar import Choice, of, weighted
from tui_transformer.training.corpus.lexicon import ANIMALS, Noun, form, noun, nouns, words

BY_WORD = {animal.word.strip(): animal for animal in ANIMALS}


def animals(line: str) -> tuple[Noun, ...]:
    """Animals by their names."""
    return tuple(BY_WORD[word] for word in line.split())


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A place: how one is there, how one gets there, what one sees and does there."""

    word: str
    at: str
    to: str
    seen: Choice[Noun]
    seen_many: Choice[Noun]
    done: Choice[str]


def _place(word: str, at: str, seen: str, *done: str) -> Place:
    found = tuple(BY_WORD.get(item) or _OTHER[item] for item in seen.split())
    return Place(
        f" {word}", f" {at} the {word}", f" to the {word}", form(found, "a", "place"),
        form(found, "many", "place"), of(*done, fact="place"),
    )  # fmt: skip


_OTHER = {
    item.word.strip(): item
    for item in nouns(
        "shell crab boat flower book map picture ship tree rose star clock rocket bus/buses "
        "train apple pear balloon cake bun pie loaf/loaves stone swan teacher pencil bell"
    )
}
PLACES = (
    _place("park", "in", "duck bird dog squirrel balloon", "played on the swings", "fed the ducks",
           "ran on the grass", "sat under a tree"),
    _place("farm", "at", "cow pig hen goat horse lamb", "fed the hens", "rode a pony",
           "played in the hay", "picked red apples"),
    _place("forest", "in", "fox owl squirrel hedgehog rabbit", "climbed a tree", "picked berries",
           "listened to the birds", "looked for nuts"),
    _place("beach", "at", "shell crab boat ship", "built a castle of sand", "swam in the sea",
           "looked for shells", "played in the waves"),
    _place("zoo", "at", "lion monkey elephant tiger bear", "watched the monkeys",
           "looked at the lions", "drew the elephant"),
    _place("lake", "at", "duck frog swan boat goose", "threw stones into the water",
           "swam and splashed", "sailed a little boat"),
    _place("garden", "in", "bee butterfly flower snail rose", "picked some flowers",
           "watered the roses", "dug in the earth"),
    _place("library", "at", "book picture map clock", "read a long story", "looked at the pictures",
           "sat and read"),
    _place("market", "at", "apple pear cake pie balloon", "bought some fruit",
           "looked at the cakes", "looked at the fine things"),
    _place("school", "at", "teacher book pencil map", "learned a new song", "painted a picture",
           "read and counted"),
    _place("station", "at", "train bus clock", "watched the trains", "waved to the driver"),
    _place("harbour", "at", "ship boat bell crab", "watched the ships", "talked to a sailor"),
    _place("meadow", "in", "bee butterfly lamb flower pony", "lay in the grass", "ran and jumped",
           "looked at the clouds"),
    _place("hill", "on", "goat lamb tree rabbit", "flew a kite", "rolled down in the grass",
           "looked at the view"),
    _place("river", "at", "duck frog boat swan",
           "caught a little fish", "walked over the bridge", "sat on the warm stones"),
    _place("village", "in", "hen dog bell bus", "talked to the baker", "danced in the square"),
)  # fmt: skip
TO_PLACES: Choice[Place] = Choice((p.to, p, 1.0) for p in PLACES)
AT_PLACES: Choice[Place] = Choice((p.at, p, 1.0) for p in PLACES)

HOMES = weighted(
    {
        "small house": 3, "little hut": 2, "big castle": 1, "quiet village": 2, "tall tower": 1,
        "house by the sea": 2, "cottage on a hill": 2, "house near the forest": 2,
        "farm with many animals": 1, "big old house": 1, "little town": 2, "land far away": 1,
    }
)  # fmt: skip
DENS = weighted(
    {
        "deep forest": 3, "green field": 2, "hole under a tree": 2, "garden": 2, "dark cave": 1,
        "big barn": 2, "wood near a river": 2, "nest of dry leaves": 1,
    }
)  # fmt: skip

SPOTS = of(
    "under the bed", "behind the door", "on the shelf", "in the kitchen", "under the table",
    "in the garden", "behind the sofa", "in the old box", "near the gate", "by the pond",
    "under the big tree", "in the tall grass", "on the roof", "behind the shed", "in the attic",
    "under the stairs", "on the bench", "in the barn", "behind the curtain", "near the well",
    "on the bridge", "at the window", "beside the road", "at the corner", "behind the rock",
    "under the green leaf",
    "in the cellar", "on the stairs", "near the fire", "under the sofa", "in the dark corner",
    "next to the pump", "among the flowers", "on the low wall", "by the river", "at the old mill",
    "under the wooden bridge", "behind the stable", "in the empty bucket", "on the kitchen table",
    "under the red chair", "beside the pond", "in the hay", "behind the church", "under the steps",
    "at the end of the garden", "in front of the school", "on the window sill", "near the mill",
    "under the blue blanket", "in the hollow tree", "behind the bakery", "beside the path",
    "on the big rock", "near the beehive", "in the toy box", "behind the clock", "under the hedge",
    "between two trees", "inside the big pot", "on the grass", "near the fence", "in the snow",
)  # fmt: skip
"""Small places where something can be lost, found or hidden."""

SPOTS_OUTSIDE = of(
    "in the garden", "behind the house", "near the gate", "by the pond", "in the field",
    "on the hill", "beside the road", "under the window", "next to the well", "near the river",
    "by the lake",
    "on the path", "in the forest", "under a tree", "in the meadow", "behind the barn",
    "near the village", "at the bridge", "on the beach",
)  # fmt: skip

# animal: what it likes to eat, the thing it likes best to sit on
_HABITS = """
cat milk mat
dog meat rug
bird seed branch
fox berries hill
bear honey rock
rabbit carrots grass
mouse cheese shelf
horse hay straw
cow grass grass
pig potatoes mud
goat leaves roof
duck bread water
hen corn nest
frog flies log
lion meat rock
monkey bananas branch
elephant fruit ground
owl mice branch
wolf meat hill
squirrel nuts branch
hedgehog apples leaves
turtle salad stone
snail leaves leaf
butterfly honey flower
kitten milk cushion
puppy meat blanket
lamb grass hay
pony carrots straw
donkey carrots road
goose corn water
bee honey flower
tiger meat rock
"""
HABITS = {
    BY_WORD[animal]: (f" {food}", f" {spot}")
    for animal, food, spot in (line.split() for line in _HABITS.strip().splitlines())
}
SEATS = words("mat rug branch rock grass shelf straw roof nest log stone leaf cushion blanket bed "
              "sofa chair table wall bench step floor hill box fence")  # fmt: skip

HERD = animals(
    "cat dog bird fox bear rabbit mouse horse cow pig goat duck hen frog lion monkey elephant owl "
    "wolf squirrel hedgehog turtle kitten puppy lamb pony donkey goose"
)
"""Animals that one can meet and help."""
SMALL_HERD = animals(
    "cat dog bird rabbit mouse duck hen frog owl squirrel hedgehog turtle kitten puppy lamb goose "
    "snail butterfly"
)
"""Animals that fit behind a curtain."""


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """Something one can make, what of, and what is done with it."""

    item: Noun
    needs: tuple[str, str]
    made: str
    after: str


def _made(word: str, first: str, second: str, made: str, after: str) -> Made:
    return Made(noun(word), (f" {first}", f" {second}"), f" {made}", f" {after}")


MADE = (
    _made("cake", "flour", "eggs", "baked", "smelled sweet and warm"),
    _made("pie", "apples", "flour", "baked", "was golden and warm"),
    _made("kite", "paper", "string", "made", "flew high in the sky"),
    _made("boat", "wood", "nails", "built", "sailed across the pond"),
    _made("hut", "sticks", "leaves", "built", "was dry and warm inside"),
    _made("scarf", "wool", "buttons", "knitted", "was long and soft"),
    _made("lantern", "paper", "glue", "made", "shone in the dark"),
    _made("salad", "tomatoes", "beans", "made", "was fresh and green"),
    _made("drum", "wood", "string", "made", "was very loud"),
    _made("mask", "paper", "paint", "made", "looked very funny"),
)

THEN = {
    " tired": of("went to bed", "sat down", "took a rest"),
    " sleepy": of("went to bed", "fell asleep"),
    " hungry": of("ate an apple", "ate some bread", "asked for lunch"),
    " thirsty": of("drank some water", "drank some milk"),
    " cold": of("put on a coat", "sat by the fire", "went inside"),
    " warm": of("took off the coat", "swam in the lake"),
    " scared": of("ran home", "hid under the bed", "closed the door"),
    " sad": of("cried", "stayed at home", "sang a sad song"),
    " happy": of("sang a song", "danced", "laughed"),
    " glad": of("smiled", "sang a song"),
    " proud": of("smiled", "told everyone"),
    " excited": of("jumped up and down", "ran outside", "could not sleep"),
    " bored": of("went out to play", "read a book", "looked for a friend"),
    " lonely": of("looked for a friend", "wrote a letter"),
    " angry": of("closed the door", "shouted", "went away"),
    " ill": of("stayed in bed", "called the doctor"),
    " surprised": of("laughed", "sat down"),
    " busy": of("stayed at home", "had no time to play"),
}
"""What someone who feels so does next."""

WORK = {
    " baker": of("baked some bread", "sold a warm bun", "made a big cake"),
    " farmer": of("fed the pigs", "milked the cows", "planted some corn", "cut the grass"),
    " teacher": of("read a story", "asked a question", "helped the children"),
    " doctor": of("came at once", "helped a little boy", "listened to my heart"),
    " nurse": of("gave me some tea", "was kind to the children", "made the bed"),
    " sailor": of("sailed over the sea", "told a story about whales", "looked at the stars"),
    " painter": of("painted the door blue", "painted a picture of the sea", "washed the brushes"),
    " gardener": of("watered the roses", "planted a tree", "picked some apples"),
    " tailor": of("made a fine coat", "sewed on a button", "cut the cloth"),
    " cook": of("made some soup", "peeled the potatoes", "tasted the soup"),
    " shepherd": of("counted the sheep", "looked for a lamb", "slept under a tree"),
    " driver": of("stopped the bus", "waved to the children", "drove to the town"),
    " singer": of("sang a song", "sang about the sea", "smiled and sang again"),
    " dancer": of("danced on the stage", "jumped high", "turned round and round"),
    " miller": of("ground the corn", "carried a sack", "lived in the mill"),
    " builder": of("built a wall", "mended the roof", "carried some bricks"),
}
"""What people do at work."""
