"""More of what happens in a story: games, visits, parties, frights and dragons."""

from functools import cache

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus import scenes
from tui_transformer.training.corpus.grammar import Choice, Pen, of
from tui_transformer.training.corpus.openings import Story
from tui_transformer.training.corpus.people import Person, begin, begin_one, kin, mention
from tui_transformer.training.corpus.world import AT_PLACES, SMALL_HERD, SPOTS, TO_PLACES


def went(pen: Pen, story: Story) -> None:
    """A visit to a place, and what is found there."""
    hero = story.hero
    place = pen.pick(TO_PLACES)
    other = None
    if pen.perhaps(0.5, " with"):
        other = scenes.friend(pen, story)
    pen.say(". There")
    if other is None:
        mention(pen, hero)
    else:
        pen.recall(" they", "person")
    pen.say(" saw")
    seen = pen.pick(place.seen)
    pen.say(" and")
    how_many = pen.pick(ph.numbers(2, 9))
    counted = pen.pick(place.seen_many, (seen,))
    pen.pick(_SIGHT)
    if other is None:
        begin(pen, hero)
    else:
        scenes.they_or(pen, hero, other)
    pen.pick(place.done)
    pen.pick(_UNTIL)
    if pen.perhaps(0.4, ' "I counted'):
        pen.recall(ph.count(how_many, counted), "number")
        pen.say('!"')
        scenes.says(pen, hero)
        pen.say(".")
    scenes.close(pen, story, other)


_SIGHT = of(".", "in the sun.", "and a rainbow.", "and heard music.", "from far away.")
_UNTIL = of(".", "until the evening.", "all morning.", "for a long time.", "until it was dark.",
            "and ate bread and cheese.", "and laughed a lot.", "until the bell rang.",
            "before it began to rain.")  # fmt: skip


def hid(pen: Pen, story: Story) -> None:
    """Hide and seek: whoever hides is found where they hid."""
    hero = story.hero
    other = scenes.friend(pen, story)
    pen.say(".")
    hider, seeker = (hero, other) if pen.pick(_one_of(hero, other)) else (other, hero)
    pen.say(" hid")
    place = pen.pick(SPOTS)
    pen.pick(_COUNTING)
    pen.recall(seeker.name, "person")
    pen.say(" counted to ten.")
    begin_one(pen, seeker, hider)
    pen.say(" looked")
    pen.pick(SPOTS, (place,))
    pen.pick(_BUT)
    pen.recall(seeker.name, "person")
    pen.say(" looked")
    pen.recall(place, "place")
    pen.say(" and found")
    pen.recall(hider.name, "person")
    pen.say("!")
    scenes.close(pen, story, other)


@cache
def _one_of(hero: Person, other: Person) -> Choice[bool]:
    return Choice([(hero.Name, True, 0.6), (other.Name, False, 0.4)], "person")


_COUNTING = of(", and", "while")
_BUT = of(", but nobody was there. Then", "first. After that,", ", but saw only a cat. At last")


def got(pen: Pen, story: Story) -> None:
    """Things to share: each has half in the end."""
    hero = story.hero
    half = pen.pick(_EVEN)
    food = pen.pick(_SHARED)
    pen.say(" from")
    pen.pick(_GIVERS)
    pen.say(".")
    other = scenes.friend(pen, story, capitals=True)
    pen.say(" had none, so")
    pen.recall(hero.name, "person")
    pen.say(" gave")
    pen.recall(ph.count(half, food), "number")
    pen.say(" to")
    pen.recall(other.name, "person")
    pen.pick(_THEN_EACH)
    pen.recall(ph.count(half, food), "number")
    pen.pick(_AND_ATE)
    scenes.close(pen, story, other)


_EVEN = Choice((ph.number(2 * n), n, 1.0) for n in range(1, 6))
_SHARED = lex.form((*lex.FRUIT, *lex.BAKED), "many")
_GIVERS = of("a kind man", "a kind woman", "the baker", "the farmer", "the teacher", "the doctor",
             "the miller", "the cook", "an old sailor", "the king")  # fmt: skip
_THEN_EACH = of(". Now each of them had", ". Then they both had")
_AND_ATE = of(".", "and ate them together.", "to eat.", "and nobody was hungry.")


def heard(pen: Pen, story: Story) -> None:
    """A noise, a fright, and nothing to be afraid of."""
    hero = story.hero
    pen.pick(_NOISES)
    spot = pen.pick(SPOTS)
    pen.say(".")
    begin(pen, hero)
    pen.pick(_AFRAID)
    mention(pen, hero)
    pen.say(" looked")
    pen.recall(spot, "place")
    pen.say(". It was only")
    animal = pen.pick(_SCARING)
    if pen.pick(_SURPRISE) == "!":
        pen.say(" The")
        pen.recall(animal.word, "animal")
        pen.pick(_WAS_TOO)
    else:
        begin(pen, hero)
        pen.pick(_LAUGHED)
        pen.recall(animal.word, "animal")
        pen.pick(_TREAT)
    scenes.close(pen, story)


_NOISES = of("a strange noise", "a loud noise", "a soft noise", "a funny sound", "a small cry",
             "a loud bang", "a quiet song")  # fmt: skip
_AFRAID = of("was scared. But then", "was afraid. Slowly", "wanted to know what it was. So",
             "took a lamp. Then")  # fmt: skip
_SCARING = lex.form(SMALL_HERD, "a")
_SURPRISE = of("!", ".")
_WAS_TOO = of("was even more scared.", "ran away.", "wanted to play.", "was looking for food.",
              "looked up and blinked.")  # fmt: skip
_LAUGHED = of("laughed and gave the", "smiled and gave the")
_TREAT = of("some food.", "some water.", "a name.", "a soft bed.", "a hug.")


def birthday(pen: Pen, story: Story) -> None:
    """Two presents, one of them the best."""
    hero = story.hero
    givers = [kin(hero, word) for word in (" mother", " father")]
    pen.recall(givers[0].Name, "pronoun")
    pen.say(" gave")
    pen.recall(hero.him, "pronoun")
    first = ph.OWN.a(pen)
    pen.say(", and")
    other = scenes.friend(pen, story)
    pen.say(" brought")
    second = ph.OWN.a(pen, (first.noun,))
    pen.say(".")
    begin(pen, hero)
    pen.pick(_LIKED)
    story.thing = first if pen.pick(_best(first.noun.word, second.noun.word)) else second
    pen.say(" best.")
    pen.pick(_PARTY)
    scenes.close(pen, story, other)


@cache
def _best(one: str, two: str) -> Choice[bool]:
    return Choice([(one, True, 1.0), (two, False, 1.0)], "thing")


_LIKED = of("liked the", "loved the")
_PARTY = of("The cat ate some of the cake.", "It rained, but nobody was sad.",
            "There were balloons everywhere.", "The house was full of music.",
            "Everyone ate cake.", "There was a big cake.", "Then they all sang a song.",
            "They danced and played games.", "After lunch they played outside.")  # fmt: skip


def broke(pen: Pen, story: Story) -> None:
    """Something breaks, and telling the truth helps."""
    hero = story.hero
    thing = ph.BREAKABLE.a(pen)
    pen.pick(_WHOSE)
    begin(pen, hero)
    pen.pick(_SORRY)
    other = scenes.friend(pen, story, capitals=True)
    pen.say(' asked, "Who broke the')
    pen.recall(thing.noun.word, "thing")
    pen.say('?" "I did,"')
    scenes.says(pen, hero)
    pen.say(".")
    pen.recall(other.Name, "person")
    pen.pick(_NOT_ANGRY)
    pen.recall(thing.noun.word, "thing")
    pen.pick(_MENDED)
    scenes.close(pen, story, other)


_WHOSE = of("by mistake.", "while playing.", "in the kitchen.", "on the way home.")
_SORRY = of("was very sorry.", "wanted to hide.", "did not know what to do.", "began to cry.")
_NOT_ANGRY = of("was not angry. They mended the", "smiled. Together they fixed the",
                "said it was not so bad. They glued the")  # fmt: skip
_MENDED = of(".", "with some glue.", "and put it back.", "the same day.")


def ill(pen: Pen, story: Story) -> None:
    """Someone stays in bed and someone comes."""
    hero = story.hero
    pen.say(" had to stay in bed.")
    other = scenes.friend(pen, story, capitals=True)
    pen.say(" came to see")
    pen.recall(hero.him, "pronoun")
    pen.say(" and brought")
    gift, verb = pen.pick(_GIFTS)
    pen.say(".")
    begin_one(pen, hero, other)
    pen.recall(verb, "gift")
    pen.say(" the")
    pen.recall(gift, "gift")
    pen.pick(_BETTER)
    mention(pen, hero)
    pen.say(" could get up again.")
    scenes.close(pen, story, other)


_GIFTS: Choice[tuple[str, str]] = Choice(
    [(f" some{food}", (food, " ate"), 1.0) for food in lex.words("soup honey jam rice salad")]
    + [(f" some{drink}", (drink, " drank"), 1.0) for drink in lex.words("tea milk juice water")]
    + [(item.a, (item.word, " ate"), 1.0) for item in (*lex.FRUIT, *lex.BAKED)]
    + [(f" a{item}", (item, " read"), 2.0) for item in lex.words("book letter story")]
)
_BETTER = of("and felt better. Soon", "and slept well. The next day", "and smiled. After a week")


def raced(pen: Pen, story: Story) -> None:
    """A race: one wins, and everyone knows who."""
    hero = story.hero
    other = scenes.friend(pen, story)
    pen.pick(_GOAL)
    hero_wins = pen.pick(_one_of(hero, other))
    winner, loser = (hero, other) if hero_wins else (other, hero)
    pen.say(" was fast, but")
    pen.recall(loser.name, "person")
    if pen.pick(_WHO_WINS) == " was faster":
        winner, loser = loser, winner
    pen.say(".")
    pen.recall(winner.Name, "winner")
    pen.say(" won the race and got")
    pen.pick(_PRIZES)
    pen.say('. "Well done,"')
    scenes.says(pen, loser)
    pen.say(".")
    scenes.close(pen, story, other)


_GOAL = of("to the old tree.", "to the bridge.", "to the gate.", "to the river.", "down the hill.",
           "round the lake.", "to the school.", "through the field.")  # fmt: skip
_WHO_WINS = of("was faster", "was slow", "fell down", "was tired")
_PRIZES = of("a prize", "a flower", "a golden cup", "a big cake", "a red ribbon", "an apple")


def dragon(pen: Pen, story: Story) -> None:
    """A dragon that only wants company."""
    hero = story.hero
    pen.pick(_DRAGONS)
    pen.pick(AT_PLACES)
    pen.say(". Everyone ran away, but")
    pen.recall(hero.name, "person")
    pen.say(' did not. "Why are you')
    mood = pen.pick(_DRAGON_MOODS)
    pen.say('?"')
    scenes.asks(pen, hero)
    pen.say('. "I am')
    pen.recall(mood, "mood")
    pen.say(" because")
    pen.pick(_WHY[mood])
    pen.say(" said the dragon. So")
    pen.recall(hero.name, "person")
    pen.pick(_CURE[mood])
    pen.say(" The dragon was not")
    pen.recall(mood, "mood")
    pen.say(" any more.")
    scenes.close(pen, story)


_DRAGONS = of("a big dragon", "a green dragon", "a little dragon", "an old dragon",
              "a red dragon", "a dragon")  # fmt: skip
_WHY = {
    " sad": of('nobody plays with me,"', 'I have no friends,"', 'I cannot sing,"'),
    " angry": of('my tooth hurts,"', 'my cave is wet,"', 'I cannot sleep,"'),
    " hungry": of('I ate nothing today,"', 'I do not like grass,"', 'my pot is empty,"'),
}
_DRAGON_MOODS = of(*_WHY)
_CURE = {
    " sad": of("played ball with the dragon.", "sang a song for the dragon.",
               "told the dragon a funny story."),
    " angry": of("called a good doctor.", "made a warm bed for the dragon.", "found a dry cave."),
    " hungry": of("cooked a big pot of soup.", "baked ten pies.", "brought a basket of apples."),
}  # fmt: skip
