"""What is saved is opened again as the same model, here and by transformers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import dense_weights, tiny
from tui_transformer.engine import ModelConfig, forward
from tui_transformer.engine.ops import ACTIVATIONS
from tui_transformer.errors import ConfigError
from tui_transformer.models import load_model
from tui_transformer.models.export import family_of, folder_files
from tui_transformer.models.huggingface import load_folder
from tui_transformer.models.loaded import LoadedModel
from tui_transformer.tokenizers import Tokenizer, WordTokenizer
from tui_transformer.tokenizers.learn import END_OF_TEXT, learn_bpe
from tui_transformer.training.checkpoint import write_files

WORDS = WordTokenizer(("the", "cat", "don't", "sat", ".", "<unk>"))
GPT2 = tiny(d_model=8, d_vocab=6)
LLAMA = tiny(
    d_model=8, d_vocab=6, norm="rmsnorm", positions="rotary", act_fn="silu", gated_mlp=True,
    n_heads=4, qkv_bias=False, attn_out_bias=False, mlp_bias=False, rope_theta=100.0,
)  # fmt: skip


@st.composite
def saveable(draw: st.DrawFn) -> ModelConfig:
    """Models of both families."""
    tied, act_fn = draw(st.booleans()), draw(st.sampled_from(sorted(ACTIVATIONS)))
    eps = draw(st.sampled_from([1e-5, 1e-3]))
    if draw(st.booleans()):
        return replace(
            GPT2, tie_embeddings=tied, act_fn=act_fn, eps=eps,
            positions=draw(st.sampled_from(["learned", "sinusoidal"])),
            use_attn_scale=draw(st.booleans()),
            scale_attn_by_inverse_layer_idx=draw(st.booleans()),
        )  # fmt: skip
    bias = draw(st.booleans())
    return replace(
        LLAMA, tie_embeddings=tied, act_fn=act_fn, eps=eps, mlp_bias=draw(st.booleans()),
        qkv_bias=bias, attn_out_bias=bias, n_kv_heads=draw(st.sampled_from([1, 2, 4])),
    )  # fmt: skip


def saved(config: ModelConfig, folder: Path, tokenizer: Tokenizer = WORDS) -> LoadedModel:
    files = folder_files(config, dense_weights(config), tokenizer, "the cat")
    write_files(folder, files)
    return load_folder(folder)


@given(config=saveable())
def test_there_and_back(config: ModelConfig, tmp_path_factory: pytest.TempPathFactory) -> None:
    model = saved(config, tmp_path_factory.mktemp("model"))
    assert model.config == config
    assert model.notes == ()
    assert model.card.prompt == "the cat"
    given_weights = dict(dense_weights(config).named())
    found = dict(model.weights.named())
    assert found.keys() == given_weights.keys()
    for name, value in given_weights.items():
        assert np.array_equal(found[name], value), name
    ids = WORDS.encode("the cat sat .")
    assert model.tokenizer.encode("the cat sat .") == ids
    before = forward(ids, dense_weights(config), config)
    np.testing.assert_allclose(forward(ids, model.weights, config), before, rtol=1e-5, atol=1e-5)


def test_the_same_model_gives_the_same_bytes() -> None:
    one, two = (folder_files(GPT2, dense_weights(GPT2), WORDS) for _ in range(2))
    assert one == two


def test_words_are_cut_and_shown_as_before(tmp_path: Path) -> None:
    model = saved(GPT2, tmp_path)
    assert isinstance(model.tokenizer, WordTokenizer)
    assert model.tokenizer.vocabulary == WORDS.vocabulary
    assert model.tokenizer.unknown("The zebra") == ("zebra",)
    assert model.stops == frozenset()


def test_bytes_begin_and_end_with_the_end_of_text(tmp_path: Path) -> None:
    tokenizer = learn_bpe(["the cat sat on the mat"] * 3, 270)
    model = saved(replace(GPT2, d_vocab=tokenizer.size), tmp_path, tokenizer)
    assert model.tokenizer.bos == 0
    assert model.stops == {0}
    assert model.tokenizer.encode("the dog") == tokenizer.encode("the dog")
    assert model.tokenizer.encode("the dog")[0] == 0
    assert model.labels[0] == END_OF_TEXT
    assert load_model(str(tmp_path)).config == model.config


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (replace(GPT2, gated_mlp=True), "gated_mlp"),
        (replace(GPT2, d_mlp=0, mlp_bias=False), "d_mlp"),
        (replace(GPT2, norm="none", norm_affine=False, final_norm=False), "norm "),
        (replace(GPT2, n_kv_heads=1), "n_kv_heads"),
        (replace(GPT2, d_model=6), "d_head"),
        (replace(GPT2, final_norm=False), "final_norm"),
        (replace(GPT2, positions="rotary"), "positions"),
        (replace(LLAMA, gated_mlp=False), "gated_mlp"),
        (replace(LLAMA, qkv_bias=True), "attn_out_bias"),
        (replace(LLAMA, d_model=6), "d_model"),
        (replace(LLAMA, sliding_window=2), "sliding_window"),
    ],
)
def test_a_model_of_no_family_is_refused_by_field(config: ModelConfig, field: str) -> None:
    with pytest.raises(ConfigError, match=field):
        family_of(config)


@pytest.mark.parametrize("config", [GPT2, replace(GPT2, positions="sinusoidal"), LLAMA])
def test_transformers_opens_it(config: ModelConfig, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    for tied in (True, False):
        for tokenizer in (WORDS, learn_bpe(["the cat sat on the mat"] * 3, 270)):
            shape = replace(config, tie_embeddings=tied, d_vocab=tokenizer.size)
            folder = tmp_path / f"{tied}{tokenizer.size}"
            ours = saved(shape, folder, tokenizer)
            theirs = transformers.AutoModelForCausalLM.from_pretrained(folder)
            cut = transformers.AutoTokenizer.from_pretrained(folder)
            ids = ours.tokenizer.encode("The cat sat.")
            assert tuple(cut("The cat sat.").input_ids) == ids
            with torch.no_grad():
                logits = theirs(torch.tensor([ids[:8]])).logits[0].numpy()
            found = forward(ids[:8], ours.weights, ours.config)
            np.testing.assert_allclose(found, logits, rtol=1e-4, atol=1e-4)
