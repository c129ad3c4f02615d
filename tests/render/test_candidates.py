"""The way from logits to a token: the numbers of the distribution, the draw where it falls."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.render.reading import between, text_of, wide
from tui_transformer.models import load_model
from tui_transformer.render.candidates import TOKEN_WIDTH, heading, number_line, outcome, rows
from tui_transformer.render.ink import Ink
from tui_transformer.render.lines import fit
from tui_transformer.render.numbers import fixed, percent
from tui_transformer.sampling import (
    Cut,
    Distribution,
    SamplingSettings,
    distribution,
    draw,
    generator_for,
)

TOY = load_model("toy")
INK, PLAIN = Ink(colour=True), Ink(colour=False)

settings_of = st.builds(
    SamplingSettings,
    temperature=st.sampled_from([0.0, 0.3, 1.0, 2.0]),
    top_k=st.integers(0, 33),
    top_p=st.sampled_from([0.1, 0.5, 0.9, 1.0]),
    min_p=st.sampled_from([0.0, 0.1, 0.5]),
)


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    logits = rng.normal(0, draw(st.sampled_from([0.1, 2.0, 40.0, 3e4])), 32)
    if draw(st.booleans()):
        logits[rng.integers(32)] = -np.inf
    return distribution(logits, draw(settings_of))


@given(distributions(), st.integers(34, 160), st.integers(1, 40), st.integers(0, 31), st.data())
@settings(max_examples=120)
def test_every_column_is_the_number_of_the_distribution(
    dist: Distribution, width: int, count: int, first: int, data: st.DataObject
) -> None:
    ink = data.draw(st.sampled_from([INK, PLAIN]))
    drawn = draw(dist, generator_for(data.draw(st.integers(0, 99)), 0))
    lines = rows(dist, TOY, ink, width, count, first=first, drawn=drawn)
    assert len(lines) == min(count, 32 - first)
    for n, line in enumerate(lines):
        token = int(dist.order[first + n])
        text = text_of(line)
        assert wide(line) <= max(width, 48)
        assert text.startswith("▸" if token == drawn.token else " ")
        assert between(line, 1, 4).strip() == str(first + n + 1)
        assert between(line, 4, 4 + TOKEN_WIDTH) == fit(TOY.labels[token], TOKEN_WIDTH)
        numbers = text[4 + TOKEN_WIDTH :].split()
        logit = float(dist.logits[token])
        if abs(logit) < 99 or not np.isfinite(logit):
            assert numbers[0] == fixed(logit, 3).strip()
        else:
            assert float(numbers[0].replace("−", "-")) == pytest.approx(logit, rel=0.06)
        assert "…" not in "".join(numbers)
        cut = Cut(int(dist.cut[token]))
        if cut == Cut.KEPT:
            assert percent(float(dist.probs[token])) in numbers
        else:
            assert f"cut by {cut.label}" in text
            assert "%" not in text
        if not ink.colour:
            assert all(s.style is None or s.style.color is None for s in line)


@given(distributions(), st.integers(34, 160))
@settings(max_examples=40)
def test_the_names_of_the_columns_end_where_the_numbers_end(dist: Distribution, width: int) -> None:
    head = text_of(heading(dist, INK, width))
    line = rows(dist, TOY, INK, width, 1)[0]
    assert dist.cut[dist.order[0]] == Cut.KEPT
    assert head.index("logit") + len("logit") == 4 + TOKEN_WIDTH + 8
    end = head.index(" p") + 2
    assert between(line, end - 1, end) == "%"
    assert wide(heading(dist, INK, width)) <= max(width, 52)


@given(distributions(), st.integers(12, 160), st.integers(0, 200))
@settings(max_examples=120)
def test_the_draw_falls_on_the_piece_of_its_token(
    dist: Distribution, width: int, seed: int
) -> None:
    drawn = draw(dist, generator_for(seed, 0))
    lines = number_line(dist, TOY, drawn, INK, width)
    names, pieces, mark, ends = lines
    room = max(10, width - 2)
    assert wide(pieces) == wide(names) == room + 1
    assert text_of(ends).split() == ["0", "1"]
    lengths: dict[int, int] = {}
    x = 1
    at = None
    if drawn.u is not None:
        assert f"u = {drawn.u:.6f}" in text_of(mark)
        at = text_of(mark).index("▲")
    tokens = [int(token) for token in dist.order if dist.probs[token] > 0]
    hits = []
    for segment in pieces[1:]:
        if segment.style == INK.accent:
            hits.append((x, x + len(segment.text)))
        lengths[x] = len(segment.text)
        x += len(segment.text)
    assert len(lengths) <= len(tokens)
    if hits and at is not None and room >= 24:
        assert len(hits) == 1
        assert hits[0][0] <= at < hits[0][1]
    for n, (start, length) in enumerate(lengths.items()):
        if len(lengths) == len(tokens):
            p = float(dist.probs[tokens[n]])
            assert abs(length - p * room) <= 1, (start, p)


@given(distributions())
def test_the_outcome_counts_what_is_kept(dist: Distribution) -> None:
    text = outcome(dist, 32)
    if dist.settings.greedy:
        assert "greedy" in text
    else:
        assert f"kept {int((dist.cut == Cut.KEPT).sum())} of 32" in text
        assert f"{dist.entropy:.2f} bits" in text
