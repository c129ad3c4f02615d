"""Every action of the training screen with its key: one table for bindings, help and palette."""

from tui_transformer.tui.actions import Act

TRAINING_ACTS = (
    Act("loop.next", "space,n", "stage(1)", "next stage", "loop", "space"),
    Act("loop.back", "backspace,p", "stage(-1)", "stage before", "loop", "⌫"),
    Act("loop.first", "g", "ends(0)", "first stage of the step", "loop", "g"),
    Act("loop.last", "G,shift+g", "ends(1)", "last stage of the step", "loop", "G"),
    Act("train.one", "s,1", "train(1)", "make one step", "train", "s"),
    Act("train.ten", "2", "train(10)", "make 10 steps", "train", "2"),
    Act("train.hundred", "3", "train(100)", "make 100 steps", "train", "3"),
    Act("train.thousand", "4", "train(1000)", "make 1,000 steps", "train", "4"),
    Act("train.on", "a", "train_on", "train on, or stop", "train", "a"),
    Act("moment.back", "left_parenthesis", "moment(-1)", "the moment before", "train", "("),
    Act("moment.next", "right_parenthesis", "moment(1)", "the moment after", "train", ")"),
    Act("moment.latest", "l", "latest", "the latest moment", "train", "l"),
    Act("tensor.back", "less_than_sign", "tensor(-1)", "tensor before, stage before", "look", "<"),
    Act("tensor.next", "greater_than_sign", "tensor(1)", "next tensor, next stage", "look", ">"),
    Act("tensor.find", "f", "find", "choose a tensor", "look", "f"),
    Act("block.back", "left_square_bracket", "block(-1)", "the same in the block before",
        "look", "["),
    Act("block.next", "right_square_bracket", "block(1)", "the same in the next block",
        "look", "]"),
    Act("loop.head_back", "comma", "head(-1)", "head before", "look", ","),
    Act("loop.head_next", "full_stop", "head(1)", "next head", "look", "."),
    Act("row.back", "left_curly_bracket", "row(-1)", "row of the batch before", "look", "{"),
    Act("row.next", "right_curly_bracket", "row(1)", "next row of the batch", "look", "}"),
    Act("weight.update", "enter", "weight", "the update of this weight", "look", "⏎"),
    Act("loop.inspector", "i", "inspector", "show or hide the inspector", "look", "i"),
    Act("loop.rescale", "R,shift+r", "rescale", "fit the colours to what is shown", "look", "R"),
    Act("loop.prompt", "e", "edit", "edit the prompt", "run", "e"),
    Act("moment.walk", "w", "walk", "walk through the model of this moment", "run", "w"),
    Act("loop.copy", "y", "copy", "copy the command for this run", "run", "y"),
    Act("loop.help", "question_mark", "help", "keys", "run", "?"),
    Act("loop.palette", "slash", "app.command_palette", "all commands", "run", "/"),
    Act("loop.leave", "q,escape,ctrl+c", "leave", "leave", "run", "q"),
)  # fmt: skip

TRAINING_GROUPS = {
    "loop": "one step", "train": "train, and go back", "look": "look closer", "run": "tuitf",
}  # fmt: skip

TRAINING_BINDINGS = [act.binding() for act in TRAINING_ACTS]
