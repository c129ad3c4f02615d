"""What happens in a story: something is lost, found, wanted, made or planted."""

from tui_transformer.training.corpus import lexicon as lex
from tui_transformer.training.corpus import phrases as ph
from tui_transformer.training.corpus import scenes
from tui_transformer.training.corpus.grammar import Choice, Pen, of
from tui_transformer.training.corpus.openings import Story
from tui_transformer.training.corpus.people import Person, begin, begin_one, kin_choice, mention
from tui_transformer.training.corpus.world import HABITS, HERD, MADE, SPOTS, SPOTS_OUTSIDE

# Every plot goes on after "One day, Tom <verb>".


def lost(pen: Pen, story: Story) -> None:
    """Something is lost, looked for and found."""
    hero = story.hero
    pen.recall(hero.his, "pronoun")
    if story.thing is None:
        story.thing = ph.OWN.bare(pen)
    else:
        pen.recall(story.thing.full, "thing")
    pen.say(".")
    begin(pen, hero)
    pen.pick(_SEARCHED)
    first = pen.pick(SPOTS)
    pen.say(" and")
    second = pen.pick(SPOTS, (first,))
    pen.say(", but it was not there.")
    if pen.perhaps(0.3, " At last"):
        mention(pen, hero)
        pen.say(" found the")
        pen.recall(story.thing.noun.word, "thing")
        pen.pick(SPOTS, (first, second))
        pen.say(".")
        scenes.close(pen, story)
        return
    pen.say(" Then")
    other = scenes.friend(pen, story)
    pen.pick(_CAME)
    begin_one(pen, other, hero)
    pen.say(" looked")
    spot = pen.pick(SPOTS, (first, second))
    pen.say(" and found the")
    pen.recall(story.thing.noun.word, "thing")
    if pen.pick(_THERE) == "!":
        pen.say(' "Thank you,"')
        scenes.says(pen, hero)
        pen.say(".")
    else:
        pen.recall(f' "It was{spot},"', "place")
        scenes.says(pen, other)
        pen.say(".")
    scenes.close(pen, story, other)


_SEARCHED = of("looked", "searched", "went to look", "had a look")
_CAME = of("came to help.", "came by.", "heard about it.", "wanted to help.", "came home.",
           "came with a lamp.", "said it must be near.", "had an idea.")  # fmt: skip
_THERE = of("!", ".")


def found(pen: Pen, story: Story) -> None:
    """Something is found: given back, or full of surprises."""
    hero = story.hero
    thing = ph.FOUND.a(pen)
    pen.pick(SPOTS)
    pen.say(".")
    if pen.perhaps(0.5, " It belonged to"):
        owner = pen.pick(_OWNERS)
        pen.say(".")
        begin(pen, hero)
        pen.say(" took the")
        pen.recall(thing.noun.word, "thing")
        pen.pick(_BACK)
        pen.recall(owner, "owner")
        pen.say(".")
        pen.recall(" The" + owner[4:], "owner")
        pen.say(" was so glad that")
        mention(pen, hero)
        pen.say(" got")
        ph.FOOD.a(pen)
        pen.pick(_THANKS)
        scenes.close(pen, story)
        return
    pen.recall(hero.Name, "person")
    pen.say(" showed the")
    pen.recall(thing.noun.word, "thing")
    pen.say(" to")
    other = scenes.friend(pen, story)
    pen.say('. "What')
    pen.recall(thing.a, "thing")
    pen.say('!"')
    scenes.says(pen, other)
    pen.say(".")
    pen.pick(_KEEP)
    scenes.close(pen, story, other)


_OWNERS = of("the king", "the queen", "the baker", "the farmer", "the teacher", "the old woman",
             "the old man", "the wizard", "the witch", "the miller", "the doctor")  # fmt: skip
_BACK = of("back to", "at once to")
_THANKS = of(".", "and a hug.", "and three coins.", "and some milk.", "to take home.",
             "and a golden coin.", "and a big smile.")  # fmt: skip
_KEEP = of("They hung it on the wall.", "They kept it in a box.", "They gave it a new home.",
           "They took it home.", "They looked at it for a long time.", "They put it on the shelf.",
           "They played with it all day.", "They put it in a safe place.",
           "They gave it to the teacher.", "They wondered who had lost it.",
           "They made up a story about it.")  # fmt: skip


def wanted(pen: Pen, story: Story) -> None:
    """Something costs more coins than there are, so there is work to do."""
    hero = story.hero
    story.thing = ph.OWN.a(pen)
    pen.say(".")
    price, missing = earn(pen, hero)
    pen.recall(missing, "number")
    pen.say(". Now")
    mention(pen, hero)
    pen.say(" had")
    pen.recall(ph.number(price), "number")
    pen.say(" coins and could buy the")
    pen.recall(story.thing.noun.word, "thing")
    pen.say(".")
    scenes.close(pen, story)


def earn(pen: Pen, hero: Person) -> tuple[int, str]:
    """What something costs, how much of it someone has, and work for the rest, up to the amount:
    "It cost five coins, but Ben had only three coins. So he helped the baker all day. The baker
    gave him".

    Returns:
        The price, and what is missing to it as a piece, " two coins".
    """
    pen.say(" It cost")
    price = pen.pick(ph.numbers(4, 9))
    pen.say(" coins, but")
    mention(pen, hero)
    pen.say(" had only")
    owned = pen.pick(ph.numbers(1, 3))
    pen.say(ph.count(owned, _COIN)[len(ph.number(owned)) :] + ". So")
    pen.recall(hero.he, "pronoun")
    pen.say(" helped")
    boss = pen.pick(_BOSSES)
    pen.pick(_WORK)
    pen.recall(" The" + boss[4:], "person")
    pen.say(" gave")
    pen.recall(hero.him, "pronoun")
    return price, ph.count(price - owned, _COIN)


_COIN = next(thing for thing in lex.THINGS if thing.word == " coin")
_BOSSES = Choice((job.the, job.the, 1.0) for job in lex.JOBS)
_WORK = of("all day.", "for a week.", "in the garden.", "every morning.", "with the work.",
           "to carry some boxes.", "to clean the floor.", "to wash the windows.", "after school.",
           "to pick apples.", "to paint a fence.", "to feed the hens.")  # fmt: skip


def made(pen: Pen, story: Story) -> None:
    """Something is made with the help of someone."""
    hero = story.hero
    thing = pen.pick(_TO_MAKE)
    pen.say(".")
    begin(pen, hero)
    pen.say(" needed")
    pen.recall(thing.needs[0], "material")
    pen.say(" and")
    pen.recall(thing.needs[1], "material")
    pen.say(".")
    other = scenes.friend(pen, story, capitals=True)
    pen.say(" had some")
    which = pen.pick(_NEEDS[thing])
    pen.say(", and")
    pen.pick(_OTHERS[which])
    pen.recall(thing.needs[1 - thing.needs.index(which)], "material")
    pen.pick(_FROM)
    pen.say(" Together they")
    pen.recall(thing.made, "verb")
    pen.say(" the")
    pen.recall(thing.item.word, "thing")
    pen.say(". The")
    pen.recall(thing.item.word, "thing")
    pen.recall(thing.after, "thing")
    pen.say(".")
    scenes.close(pen, story, other)


_TO_MAKE = Choice((m.item.a, m, 1.0) for m in MADE)
_NEEDS = {m: of(*m.needs, fact="material") for m in MADE}
_OTHERS = {need: of("they got the", "they bought the") for m in MADE for need in m.needs}
_FROM = of("at the market.", "from the miller.", "in the village.", "from a kind neighbour.")


def planted(pen: Pen, story: Story) -> None:
    """A seed becomes something to give away."""
    hero = story.hero
    pen.pick(_SEEDS)
    pen.pick(_WHERE)
    pen.say(".")
    pen.pick(_EVERY)
    mention(pen, hero)
    pen.say(" gave it water. After")
    pen.pick(ph.numbers(2, 9))
    pen.pick(_TIMES)
    pen.say(" there was")
    plant = pen.pick(_PLANTS)
    pen.pick(_GROWN)
    begin(pen, hero)
    pen.say(" gave the")
    pen.recall(plant.word, "plant")
    pen.say(" to")
    other = pen.pick(kin_choice(hero))
    pen.say(".")
    scenes.close(pen, story, other)


_SEEDS = of("a seed", "a small seed", "a round seed", "a black seed", "a strange seed",
            "two seeds", "a golden seed", "a tiny seed", "a bean", "a nut")  # fmt: skip
_WHERE = of("in the garden", "behind the house", "in a pot", "near the gate", "by the pond",
            "in the field", "on the hill", "beside the road", "under the window",
            "next to the well", "near the river", "behind the barn")  # fmt: skip
_EVERY = of("Every day", "Every morning", "Every evening")
_TIMES = of("days", "weeks")
_PLANTS = lex.form(
    (*lex.nouns("rose tulip sunflower flower"), *lex.VEGETABLES, *lex.FRUIT), "a"
)  # fmt: skip
_GROWN = of(". It was big and round.", "as yellow as the sun.", "as red as fire.",
            "that sang at night.", ". It was so heavy that nobody could lift it.",
            ". Bees came to look at it.", "with a sweet smell.", ". Everyone came to see it.",
            ". It smelled very good.", ". It was small but pretty.",
            ". It was as big as a hat.", ". It shone in the sun.")  # fmt: skip


def met(pen: Pen, story: Story) -> None:
    """An animal needs something and gets it."""
    hero = story.hero
    animal = pen.pick(MEETING)
    pen.pick(SPOTS_OUTSIDE)
    pen.say(". The")
    pen.recall(animal.word, "animal")
    pen.say(" was")
    need = pen.pick(_NEED)
    pen.say(".")
    begin(pen, hero)
    if need == " hungry":
        pen.say(" gave it some")
        pen.recall(HABITS[animal][0], "food")
        pen.say(". It ate the")
        pen.recall(HABITS[animal][0], "food")
        pen.pick(_AND_WAS)
    else:
        pen.pick(_HELP[need])
        pen.pick(_SO)
        pen.recall(animal.word, "animal")
        pen.say(" was not")
        pen.recall(need, "trouble")
        pen.say(" any more.")
    pen.pick(_FRIENDS)
    if pen.perhaps(0.4, " Every day the"):
        pen.recall(animal.word, "animal")
        pen.say(" came to see")
        pen.recall(hero.him, "pronoun")
        pen.say(".")
    scenes.close(pen, story)


MEETING = lex.form(HERD, "a")
_NEED = of("hungry", "cold", "thirsty", "lost", "sad", "tired", "scared", "wet")
_HELP = {
    " cold": of("put a blanket on it.", "took it to the fire.", "gave it a warm scarf."),
    " thirsty": of("gave it some water.", "took it to the river."),
    " lost": of("showed it the way home.", "took it back to the forest."),
    " sad": of("sang it a song.", "played with it.", "told it a funny story."),
    " tired": of("made a bed of leaves for it.", "let it sleep."),
    " scared": of("sat down beside it.", "spoke to it softly."),
    " wet": of("dried it with a towel.", "took it inside."),
}
_AND_WAS = of("and was happy.", "and felt better.", "and asked for more.", "and fell asleep.",
              "in no time.", "and jumped for joy.", "and was full.")  # fmt: skip
_SO = of("Soon the", "After that, the")
_FRIENDS = of("They walked a little way together.", "They sat in the sun.", "It said nothing.",
              "They looked at each other.", "Nobody else saw it.", "It had a funny little face.",
              "They became friends.", "Then they played together.", "It stayed for a long time.",
              "Then they said goodbye.")  # fmt: skip
