"""Every action of the walk with its key: one table for bindings, help and palette."""

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Act:
    """One thing a person can do."""

    id: str
    keys: str
    action: str
    label: str
    group: str
    shown: str

    def binding(self) -> Binding:
        """The key binding, remappable by its id."""
        return Binding(
            self.keys, self.action, self.label, show=False, id=self.id, key_display=self.shown
        )


ACTS = (
    Act("step.next", "space,n", "step(1)", "next step", "walk", "space"),
    Act("step.back", "backspace,p", "step(-1)", "step back", "walk", "⌫"),
    Act("step.first", "g", "ends(0)", "first step", "walk", "g"),
    Act("step.last", "G,shift+g", "ends(1)", "last step", "walk", "G"),
    Act("layer.back", "left_square_bracket", "layer(-1)", "same stage, block before", "walk", "["),
    Act("layer.next", "right_square_bracket", "layer(1)", "same stage, next block", "walk", "]"),
    Act("head.back", "comma", "head(-1)", "head before", "walk", ","),
    Act("head.next", "full_stop", "head(1)", "next head", "walk", "."),
    Act("token.back", "left_curly_bracket", "token(-1)", "token before", "walk", "{"),
    Act("token.next", "right_curly_bracket", "token(1)", "next token", "walk", "}"),
    Act("cell.why", "enter", "why", "where this number came from", "look", "⏎"),
    Act("inspector", "i", "inspector", "show or hide the inspector", "look", "i"),
    Act("overview", "o", "overview", "all stages in one list", "look", "o"),
    Act("rescale", "R,shift+r", "rescale", "fit the colours to what is shown", "look", "R"),
    Act("find", "f", "find", "find a token in the distribution", "look", "f"),
    Act("prompt.edit", "e", "edit", "edit the prompt", "text", "e"),
    Act("sample", "s", "sample", "sample one token", "text", "s"),
    Act("play", "a", "play", "play, or stop playing", "text", "a"),
    Act("slower", "left_parenthesis", "pace(-1)", "play slower", "text", "("),
    Act("faster", "right_parenthesis", "pace(1)", "play faster", "text", ")"),
    Act("take_back", "u", "take_back", "take the last token back", "text", "u"),
    Act("seed.next", "r", "seed", "another seed", "text", "r"),
    Act("undo", "ctrl+z", "undo", "undo the last change", "text", "^z"),
    Act("past_context", "w", "past_context", "past the context: stop, or slide", "text", "w"),
    Act("temperature.less", "minus", "temperature(-1)", "temperature down", "text", "-"),
    Act("temperature.more", "equals_sign,plus", "temperature(1)", "temperature up", "text", "="),
    Act("train", "t", "app.train", "train a model like this one", "app", "t"),
    Act("models", "m", "models", "another model", "app", "m"),
    Act("copy", "y", "copy", "copy the command for this screen", "app", "y"),
    Act("help", "question_mark", "help", "keys", "app", "?"),
    Act("palette", "slash", "app.command_palette", "all commands", "app", "/"),
    Act("quit", "q", "app.quit", "quit", "app", "q"),
)

GROUPS = {"walk": "walk", "look": "look closer", "text": "text and sampling", "app": "tuitf"}

BINDINGS = [act.binding() for act in ACTS]
