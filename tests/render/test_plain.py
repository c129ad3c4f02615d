"""The plain text shows what the engine computed, lined up, and says what it leaves out."""

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.support import byte_model, safe
from tests.support import dense_weights, record, tiny
from tui_transformer.engine import Array, ModelConfig
from tui_transformer.engine.names import TensorRef, tensor_names
from tui_transformer.engine.ops import cross_entropy
from tui_transformer.models import LoadedModel, ModelCard, load_model
from tui_transformer.models.loaded import assemble
from tui_transformer.render.plain import overview_lines, step_lines, title, walk_lines
from tui_transformer.render.plain_json import walk_json
from tui_transformer.render.plain_next import (
    draw_after,
    probabilities_lines,
    sample_lines,
    target_at,
    tokens_lines,
)
from tui_transformer.render.plain_table import (
    ROWS_MAX,
    View,
    columns_shown,
    format_for,
    left_out,
    rows_shown,
    share,
    table,
)
from tui_transformer.render.plain_tensor import tensor_lines
from tui_transformer.render.plain_why import why_lines
from tui_transformer.sampling import SamplingSettings
from tui_transformer.session import Session, SessionState
from tui_transformer.tokenizers import WordTokenizer
from tui_transformer.trace import explain
from tui_transformer.walkthrough import Cursor, step_named, walk

WIDE = View(width=10_000)
WORDS = ("the", "cat", "sat", "on", "mat", "dog", "ran")


def model_of(config: ModelConfig, seed: int = 0) -> LoadedModel:
    words = [*WORDS, *(f"w{n}" for n in range(config.d_vocab))][: config.d_vocab]
    card = ModelCard("variant", "a variant", "for a test", weights="random", prompt="the cat")
    return assemble(card, config, dense_weights(config, seed), WordTokenizer(words))


VARIANTS = {
    "worked": load_model("worked"),
    "toy": load_model("toy"),
    "grouped": model_of(
        tiny(n_heads=4, n_kv_heads=2, positions="rotary", gated_mlp=True, norm="rmsnorm")
    ),
    "plain": model_of(tiny(final_norm=False, norm_affine=False, tie_embeddings=False)),
}


def opened(
    model: LoadedModel,
    prompt: str = "the cat sat on",
    cursor: Cursor | None = None,
    **state: object,
) -> Session:
    session = Session(lambda name: model)
    wanted = SessionState(model=model.card.name, prompt=prompt, **state)  # type: ignore[arg-type]
    session.open(wanted)
    if cursor is not None:
        session.point(cursor)
    return session


def numbers_in(line: str) -> list[float | None]:
    """The numbers of a table's row, `None` for a masked cell."""
    found = re.findall(r"×|[−]?(?:\d[\d.]*(?:e−?\d+)?|∞)|NaN", line)
    special = {"×": None, "∞": np.inf, "−∞": -np.inf, "NaN": np.nan}
    return [special[text] if text in special else float(text.replace("−", "-")) for text in found]


def tables_in(lines: list[str], rows: int) -> list[list[str]]:
    """The rows of each table, headings left out: runs of lines that begin with a position."""
    found: list[list[str]] = []
    for line in lines:
        match = re.match(r" {4,7}(?:> )? ?(\d+) \S+\s", line)
        if match and int(match[1]) < rows:
            if match[1] == "0":
                found.append([])
            found[-1].append(line)
    return found


@pytest.mark.parametrize("name", VARIANTS)
def test_every_table_shows_the_numbers_of_the_engine(name: str) -> None:
    model = VARIANTS[name]
    session = opened(model)
    tensors = record(session.trace.ids, model.weights, model.config)
    for tensor in tensor_names(model.config):
        lines = tensor_lines(session, tensor, WIDE)
        values = tensors[tensor]
        heads = values if values.ndim == 3 else values[None]
        tables = tables_in(lines, session.trace.length)
        assert len(tables) == len(heads)
        half = 0.5 * 10 ** -(format_for(values).decimals or 0) + 1e-6
        for shown, head in zip(tables, heads, strict=True):
            assert len(shown) == len(head)
            for row, line in enumerate(shown):
                numbers = numbers_in(line)[1:]  # the position comes first
                assert len(numbers) == len(head[row])
                for column, number in enumerate(numbers):
                    hidden = column > row and tensor.endswith(("masked_scores", "pattern"))
                    assert (number is None) == hidden
                    if number is not None:
                        assert number == pytest.approx(float(head[row, column]), abs=half)


@pytest.mark.parametrize("name", VARIANTS)
def test_decimal_points_line_up_in_every_column(name: str) -> None:
    session = opened(VARIANTS[name])
    for tensor in tensor_names(session.model.config):
        for shown in tables_in(tensor_lines(session, tensor, WIDE), session.trace.length):
            points = [{at for at, char in enumerate(line) if char == "."} for line in shown]
            assert points[-1] >= set.union(*points)  # the last row has no masked cell
            assert len({len(line) for line in shown}) == 1


@pytest.mark.parametrize("name", VARIANTS)
def test_the_smallest_and_the_largest_are_named_with_their_places(name: str) -> None:
    session = opened(VARIANTS[name])
    for tensor in tensor_names(session.model.config):
        lines = tensor_lines(session, tensor, View())
        values = session.trace.tensor(tensor)
        if tensor.endswith(("masked_scores", "pattern")):
            seen = np.tri(session.trace.length, dtype=bool)
            values = np.where(seen, values, np.nan)
        for word, extreme in (("smallest", np.nanmin(values)), ("largest", np.nanmax(values))):
            [line] = [line for line in lines if line.strip().startswith(word)]
            index = line[line.rindex("[") + 1 : -1].removeprefix("head=")
            place = tuple(map(int, index.split(",")))
            assert session.trace.tensor(tensor)[place] == extreme
            row = place[-2]
            assert f"row {row} {session.tokens[row]}" in line


def test_masked_cells_have_a_sign_and_a_line_that_says_so() -> None:
    session = opened(VARIANTS["toy"])
    for tensor, left in (("masked_scores", "score −∞"), ("pattern", "weight 0")):
        lines = tensor_lines(session, f"blocks.0.attn.{tensor}", View())
        assert [line for line in lines if "× masked" in line] == [
            f"    × masked: the key comes after the query, {left}"
        ]
        tables = tables_in(lines, 4)
        assert [sum(line.count("×") for line in shown) for shown in tables] == [6, 6]


def test_only_what_the_mask_left_is_shown_as_masked() -> None:
    session = opened(VARIANTS["toy"])
    pattern = session.trace.tensor("blocks.0.attn.pattern")
    scores = session.trace.tensor("blocks.0.attn.masked_scores")
    pattern[0, 0, 3] = 0.25
    scores[0, 0, 1] = np.nan
    scores[0, 0, 2] = np.inf
    scores[0, 1, 0] = -np.inf
    assert "0.2500" in tables_in(tensor_lines(session, "blocks.0.attn.pattern", View()), 4)[0][0]
    lines = tensor_lines(session, "blocks.0.attn.masked_scores", View())
    assert numbers_in(tables_in(lines, 4)[0][0])[2:] == pytest.approx(
        [np.nan, np.inf, None], nan_ok=True
    )
    text = "\n".join(lines)
    for note in ("1 cell is NaN", "1 cell is ∞", "1 cell is −∞"):
        assert note in text


def test_one_head_or_all() -> None:
    session = opened(VARIANTS["grouped"])
    name = "blocks.1.attn.pattern"
    every = "\n".join(tensor_lines(session, name, View()))
    assert re.findall(r"head (\d) of 4   \[head=(\d)\]", every) == [
        (str(head + 1), str(head)) for head in range(4)
    ]
    one = tensor_lines(session, name, View(head=2))
    assert len(tables_in(one, 4)) == 1
    values = session.trace.tensor(name)[2]
    assert numbers_in(tables_in(one, 4)[0][3])[1:] == pytest.approx(values[3].tolist(), abs=1e-4)
    keys = "\n".join(tensor_lines(session, "blocks.1.attn.k", View(head=3)))
    assert "key/value head 2 of 2, for the heads 3 to 4   [head=1]" in keys


def test_a_large_tensor_says_what_is_left_out() -> None:
    model = model_of(tiny(d_model=4, d_mlp=100, d_vocab=7, n_ctx=40))
    session = opened(model, " ".join(WORDS * 4))
    assert session.trace.length == 28
    lines = tensor_lines(session, "blocks.0.mlp.pre", View())
    text = "\n".join(lines)
    rows = [int(line.split()[0]) for line in tables_in(lines, 28)[0]]
    assert rows == [*range(8), 26, 27]
    [note] = re.findall(r"left out: (.*)", text)
    assert note.startswith("18 of 28 rows (8 to 25) and ")
    head = [int(word) for word in lines[0].split() if word != "…"]
    missing = set(range(100)) - set(head)
    assert f"{len(missing)} of 100 columns ({min(missing)} to {max(missing)})" in note
    assert head[-2:] == [98, 99]
    assert max(map(len, lines)) <= 80
    assert "in full" not in text


def test_the_row_in_focus_is_there_in_full() -> None:
    model = model_of(tiny(d_model=4, d_mlp=100, d_vocab=7, n_ctx=40))
    session = opened(model, " ".join(WORDS * 4), Cursor(token=15))
    lines = tensor_lines(session, "blocks.0.mlp.pre", View())
    marked = [line for line in lines if line.startswith("    > ")]
    assert [line.split()[1] for line in marked] == ["15", "the"]
    start = next(n for n, line in enumerate(lines) if "row 15 cat in full" in line)
    stop = next(n for n in range(start, len(lines)) if not lines[n])
    pairs = [number for line in lines[start + 1 : stop] for number in numbers_in(line)]
    assert pairs[::2] == list(range(100))
    values = session.trace.tensor("blocks.0.mlp.pre")[15]
    assert pairs[1::2] == pytest.approx(values.tolist(), abs=6e-4)


def test_titles() -> None:
    session = opened(VARIANTS["grouped"])
    config = session.model.config
    assert title(session, step_named("blocks.1.softmax", config)) == (
        "block 2 of 2 · attention · softmax   blocks.1.attn.pattern [4×4×4]"
    )
    assert title(session, step_named("blocks.0.qkv", config)) == (
        "block 1 of 2 · attention · q k v   blocks.0.attn.q [4×4×4] and k, v"
    )
    assert title(session, step_named("blocks.0.mlp_in", config)).startswith("block 1 of 2 · MLP in")
    assert title(session, step_named("sample", config)) == "output · sample"


@pytest.mark.parametrize("name", VARIANTS)
def test_a_step_says_what_it_is_before_its_numbers(name: str) -> None:
    session = opened(VARIANTS[name])
    config = session.model.config
    for step in walk(config):
        lines = step_lines(session, step, WIDE)
        assert lines[0] == title(session, step)
        assert lines[2].strip() == step.stage.formula(config)
        assert lines[4].strip() == step.stage.explanation(config)
        if step.writes(config):
            for mark, names in (("in", step.reads(config)), ("out", step.writes(config))):
                for tensor in names:
                    assert sum(line.startswith(f"  {mark}: {tensor} [") for line in lines) == 1


@pytest.mark.parametrize("name", VARIANTS)
def test_the_walk_writes_each_tensor_out_once(name: str) -> None:
    session = opened(VARIANTS[name])
    config = session.model.config
    lines = walk_lines(session, walk(config))
    for tensor in tensor_names(config):
        told = [line for line in lines if re.match(rf"  (in|out): {re.escape(tensor)} \[", line)]
        assert len([line for line in told if "see above" not in line]) == 1
        assert "see above" not in told[0]
    assert max(map(len, lines)) <= 80


def test_probabilities_are_those_that_are_drawn_from() -> None:
    settings = SamplingSettings(0.7, 10, 0.8, 0.05)
    session = opened(VARIANTS["toy"], "the cat sat on the", sampling=settings)
    dist = session.distribution_at()
    lines = probabilities_lines(session, View())
    start = next(n for n, line in enumerate(lines) if "cumulative" in line)
    for at, line in enumerate(lines[start + 1 : start + 13]):
        token = int(dist.order[at])
        word, identity, *cells = line.split()
        assert (word, int(identity)) == (session.model.labels[token], token)
        cells = ["0" if cell.startswith("<") else cell for cell in cells]  # less than is printed
        logit, scaled, before = (float(cell.replace("−", "-")) for cell in cells[:3])
        for shown, exact in ((logit, dist.logits[token]), (scaled, dist.logits[token] / 0.7)):
            assert shown == pytest.approx(exact, abs=6e-3)
        assert before == pytest.approx(dist.full[token], abs=6e-5)
        if dist.probs[token]:
            assert float(cells[3]) == pytest.approx(dist.probs[token], abs=6e-5)
            assert float(cells[4]) == pytest.approx(dist.cumulative[token], abs=6e-5)
        else:
            assert cells[3] in {"top-k", "top-p", "min-p"}
            assert cells[4:] == ["–", "–"]
    text = "\n".join(lines)
    assert "and 20 more" in text
    assert f"kept {dist.kept} of 32 tokens" in text
    assert "temperature 0.7 · top-k 10 · top-p 0.8 · min-p 0.05" in text


def test_nothing_is_cut_without_filters() -> None:
    session = opened(VARIANTS["toy"])
    text = "\n".join(probabilities_lines(session, View()))
    assert "cut by" not in text
    rest = float(session.distribution_at().probs[session.distribution_at().order[12:]].sum())
    assert f"20 of them kept, p {share(rest)} together" in text


def test_greedy_draws_no_number() -> None:
    session = opened(VARIANTS["toy"], sampling=SamplingSettings(0))
    text = "\n".join(probabilities_lines(session, View()))
    assert "÷ T" not in text
    assert "uncertainty of the draw 0.000 bits" in text
    drawn = "\n".join(sample_lines(session, View()))
    best = int(session.distribution_at().order[0])
    assert "u =" not in drawn
    assert f"that of {session.model.labels[best]} (id {best})" in drawn


@pytest.mark.parametrize("seed", range(12))
def test_the_draw_is_arithmetic_that_can_be_checked(seed: int) -> None:
    session = opened(VARIANTS["toy"], seed=seed)
    lines = sample_lines(session, View())
    [last] = [line for line in lines if "the token is" in line]
    low, u, high = (float(text) for text in re.findall(r"\d\.\d{6}|(?<=≤ )1(?=:)", last)[:3])
    assert low <= u <= high
    [piece] = [line for line in lines if "u falls here" in line]
    word, start, end, p, *_ = piece.split()
    assert (float(start), float(end)) == (low, high)
    assert float(p) == pytest.approx(high - low, abs=2e-6)
    drawn = session.next_draw()
    assert word == session.model.labels[drawn.token]
    assert f"(id {drawn.token})" in last
    assert u == pytest.approx(drawn.u, abs=1e-6)
    pieces = [line.split() for line in lines if re.search(r"(\d\.\d{6}\s+){2}", line)]
    for before, after in pairwise(pieces):
        assert float(after[1]) >= float(before[2])


def test_the_draw_goes_where_the_text_went() -> None:
    session = opened(VARIANTS["toy"], seed=3)
    for _ in range(3):
        session.commit(session.compute(session.with_sample()))
    for position in range(3, 6):
        session.point(Cursor(token=position))
        drawn = draw_after(session, position)
        assert drawn is not None
        assert drawn.token == session.trace.ids[position + 1]
        assert f"goes on with {session.tokens[position + 1]}" in "\n".join(
            sample_lines(session, View())
        )
    assert draw_after(session, 2) is None
    rows = [line.split() for line in tokens_lines(session, View())[1:8]]
    assert [row[3] for row in rows] == ["typed"] * 4 + ["sampled"] * 3
    assert [int(row[2]) for row in rows] == list(session.trace.ids)


def test_a_full_context_is_said() -> None:
    assert "The context is full" in "\n".join(sample_lines(opened(VARIANTS["worked"]), View()))
    assert "full" not in "\n".join(sample_lines(opened(VARIANTS["worked"], "the cat"), View()))


def test_the_target_of_the_worked_example() -> None:
    session = opened(VARIANTS["worked"])
    target = target_at(session, 3)
    assert target is not None
    logits = session.trace.logits_at(3)
    assert target.loss == cross_entropy(logits, target.token)
    assert target.p == pytest.approx(np.exp(-target.loss))
    assert target.label == "mat"
    assert round(target.loss, 3) == 1.831
    warmer = opened(VARIANTS["worked"], sampling=SamplingSettings(2.0, 1))
    assert target_at(warmer, 3) == target
    inside = target_at(session, 0)
    assert inside is not None
    assert inside.label == "cat"
    assert target_at(opened(VARIANTS["worked"], "the dog"), 1) is None


def test_words_outside_the_vocabulary_are_named() -> None:
    session = opened(VARIANTS["toy"], "the zebra sat on the zebra of Zürich")
    text = " ".join(" ".join(tokens_lines(session, View())).split())
    assert "read as <unk>: zebra, of, Zürich" in text


def test_the_sign_of_a_leading_space_is_told_under_the_tokens() -> None:
    told = "  · stands for a space"
    assert tokens_lines(opened(load_model("story"), "the cat"), View())[-1] == told
    assert told not in tokens_lines(opened(VARIANTS["worked"]), View())


def test_many_tokens_are_cut_in_the_middle() -> None:
    model = model_of(tiny(n_ctx=90))
    session = opened(model, " ".join(WORDS * 12), Cursor(token=60))
    lines = tokens_lines(session, View())
    shown = [int(line.split()[0]) for line in lines if re.match(r"\s+\d", line)]
    assert shown == [*range(30), 60, *range(75, 84)]
    assert lines[-1] == "  left out: 44 of 84 tokens (30 to 59, 61 to 74)"


def terms_of(lines: list[str]) -> tuple[list[float], float | None]:
    """The values of the terms of an explanation, and the sum where there is one."""
    start = lines.index("", lines.index("") + 1)  # after the place, the formula and its reads
    terms: list[float] = []
    for line in lines[start + 1 :]:
        if not line:
            break
        value = float(line.removesuffix("← this one").split()[-1].replace("−", "-"))
        if line.startswith("  sum"):
            return terms, value
        terms.append(value)
    return terms, None


@pytest.mark.parametrize("name", VARIANTS)
def test_every_explanation_adds_up_as_printed(name: str) -> None:
    session = opened(VARIANTS[name])
    for tensor in tensor_names(session.model.config, result=True):
        values = session.trace.tensor(tensor)
        ref = TensorRef(tensor, tuple(size - 1 for size in values.shape))
        lines = why_lines(session, ref, View())
        found = explain(session.trace, ref)
        terms, total = terms_of(lines)
        printed = [term.value for term in found.terms]
        step = 10 ** -(format_for([*printed, sum(printed)], 6).decimals or 0)
        if total is None:
            assert len(terms) == 1
            total = terms[0]
        assert sum(terms) == pytest.approx(total, abs=step * (len(terms) + 1))
        outcome = float(lines[0].split(" = ")[1].replace("−", "-"))
        assert outcome == pytest.approx(float(values[ref.index]), rel=1e-5)
        if found.combine == "sum":
            assert total * found.scale == pytest.approx(outcome, abs=step, rel=1e-5)
        elif found.combine == "root":
            assert total**0.5 == pytest.approx(outcome, rel=1e-4)
        else:
            [share_line] = [line for line in lines if "÷" in line]
            top, bottom = re.findall(r"[\d.]+", share_line)[:2]
            assert float(top) / float(bottom) == pytest.approx(outcome, rel=1e-4)
        assert max(map(len, lines)) <= 80


def test_a_long_sum_keeps_the_largest_terms_and_the_rest_in_one() -> None:
    model = model_of(tiny(d_mlp=50))
    session = opened(model)
    lines = why_lines(session, TensorRef("blocks.0.mlp_out", (3, 1)), View())
    terms, total = terms_of(lines)
    assert len(terms) == 13
    assert any(line.startswith("  the 39 others") for line in lines)
    assert total == pytest.approx(sum(terms), abs=2e-5)


def test_a_cell_in_words() -> None:
    session = opened(VARIANTS["toy"])
    lines = why_lines(session, TensorRef("blocks.0.attn.pattern", (1, 3, 0)), View())
    assert lines[1] == "  head 2 of 2, query_pos 3 on, key_pos 0 the"
    assert why_lines(session, TensorRef("logits", (3, 1)), View())[1] == (
        "  pos 3 on, d_vocab 1 cat"
    )


def test_the_overview_is_a_line_a_step() -> None:
    session = opened(VARIANTS["grouped"])
    config = session.model.config
    lines = overview_lines(session)
    assert [line for line in lines if line and not line.startswith(" ")][2:] == [
        "input", "block 1", "block 2", "output", "next token",
    ]  # fmt: skip
    for step in walk(config):
        if step.writes(config):
            assert any(line.startswith(f"  {step.stage.title} ") for line in lines)
    assert max(map(len, lines)) <= 80


def test_hostile_vocabularies_are_safe_everywhere() -> None:
    session = opened(byte_model(), "\x1b[31m\x00\u202e\x9b\u2066é")
    config = session.model.config
    lines = [
        *walk_lines(session, walk(config)),
        *overview_lines(session),
        *why_lines(session, TensorRef("logits", (0, 27)), View()),
    ]
    for line in lines:
        assert safe(line, also="")
    data = walk_json(session, walk(config), cell=TensorRef("logits", (0, 27)))
    shown = (*data["tokens"], *data["distribution"]["tokens"], data["model"]["name"])
    assert all(safe(text, also="") for text in shown)


def test_wide_letters_take_two_cells() -> None:
    lines = table([["名前", "1"], ["a", "22"]], "lr", indent=0)
    assert lines == ["名前   1", "a     22"]


@given(st.integers(1, 200), st.one_of(st.none(), st.integers(0, 199)))
def test_the_rows_that_are_shown(count: int, focus: int | None) -> None:
    focus = None if focus is None else min(focus, count - 1)
    shown = rows_shown(count, focus)
    kept = [row for row in shown if row is not None]
    assert kept == sorted(set(kept))
    assert kept[0] == 0
    assert kept[-1] == count - 1
    assert focus is None or focus in kept
    assert len(kept) <= max(ROWS_MAX, 11)
    missing = count - len(kept)
    assert (None in shown) == (missing > 0)
    note = left_out(shown, count, "rows")
    assert note.startswith(f"{missing} of {count} rows") if missing else note == ""


@given(st.integers(1, 500), st.integers(4, 30))
def test_the_columns_that_are_shown(count: int, fits: int) -> None:
    shown = columns_shown(count, fits)
    kept = [column for column in shown if column is not None]
    assert len(shown) <= max(fits, 4)
    assert (len(kept) == count) == (count <= fits) or len(kept) == count
    assert kept[-1] == count - 1
    assert kept[0] == 0


@given(
    st.lists(st.floats(-1e9, 1e9, width=32), min_size=1, max_size=6),
    st.sampled_from([4, 6]),
)
def test_one_format_for_all_numbers_of_a_column(values: list[float], digits: int) -> None:
    shown = format_for(values, digits)
    array: Array = np.asarray(values, dtype=np.float32)
    top = float(np.abs(array).max())
    for value in values:
        text = shown(value)
        assert text[0] in " −"
        back = float(text.replace("−", "-"))
        assert back == pytest.approx(value, abs=top * 10.0 ** (1 - digits) + 1e-6, rel=0.06)


def test_shares() -> None:
    assert [share(p) for p in (0.0, 1e-9, 0.25, 1.0)] == ["0", "<0.0001", "0.2500", "1.0000"]
