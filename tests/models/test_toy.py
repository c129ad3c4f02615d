"""`toy`: every part of a GPT in the smallest size that has them all."""

import numpy as np

from tests.reference import Reference
from tests.support import close, record
from tui_transformer.engine import forward
from tui_transformer.models import load_model
from tui_transformer.models.toy import CARD, CONFIG, VOCABULARY

MODEL = load_model("toy")


def test_its_size_is_what_its_card_says() -> None:
    assert MODEL.parameters == 1128
    assert f"{MODEL.parameters:,} parameters" in CARD.description
    assert sum(value.size for _, value in MODEL.weights.named()) == 1128
    assert len(VOCABULARY) == CONFIG.d_vocab == MODEL.tokenizer.size == 32
    assert f"{CONFIG.d_vocab} words" in CARD.summary
    assert tuple(MODEL.labels) == VOCABULARY


def test_it_has_every_part() -> None:
    tensors = record(MODEL.tokenizer.encode(CARD.prompt), MODEL.weights, CONFIG)
    for name in ("pos_embed", "blocks.0.ln1.normalized", "blocks.0.mlp.post", "ln_final.scale"):
        assert name in tensors
    assert tensors["blocks.0.attn.pattern"].shape == (2, 4, 4)
    names = {name.rsplit(".", 1)[-1] for name, _ in MODEL.weights.named()}
    assert {"b_Q", "b_O", "b_in", "b_out", "ln1_w", "ln2_b", "ln_final_w", "W_U"} <= names


def test_its_pass_agrees_with_the_plain_transformer() -> None:
    ids = MODEL.tokenizer.encode("the small dog saw the zebra .")
    plain = Reference(ids, CONFIG, dict(MODEL.weights.named())).tensors
    for name, value in record(ids, MODEL.weights, CONFIG).items():
        assert close(value, plain[name], 2e-5), name


def test_it_is_the_same_model_each_time() -> None:
    again = load_model("toy")
    ids = MODEL.tokenizer.encode(CARD.prompt)
    one = forward(ids, MODEL.weights, CONFIG)
    assert one.tobytes() == forward(ids, again.weights, again.config).tobytes()
    assert np.ptp(one[-1]) > 0.5  # random weights, but not so small that all words look alike


def test_it_says_that_it_is_untrained() -> None:
    assert CARD.weights == "random"
    assert CARD.display_name == "toy (untrained)"
    assert "mean nothing" in CARD.description


def test_unknown_words_become_unk() -> None:
    assert MODEL.tokenizer.encode("the zebra") == (0, 31)
    assert MODEL.labels[31] == "<unk>"
