"""What comes next as plain text: the tokens, the columns from logit to probability, the draw."""

from collections.abc import Callable
from dataclasses import dataclass
from math import exp

import numpy as np

from tui_transformer.render.lines import wrap
from tui_transformer.render.numbers import significant
from tui_transformer.render.plain_table import GAP, View, format_for, left_out, share, short, table
from tui_transformer.sampling import Cut, Distribution, Draw, SamplingError
from tui_transformer.session import Session
from tui_transformer.tokenizers import WordTokenizer, visible
from tui_transformer.tokenizers.visible import leading_space_told

TOP = 12
"""Tokens that the table of probabilities names one by one."""

TOKENS_MAX = 40
_UNKNOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class Target:
    """The token that really comes after a position, and how surprised the model is by it.

    `loss` is the cross-entropy in nats, `-ln p`, with `p` the probability at temperature 1 before
    any filter; `origin` says where the token is known from.
    """

    token: int
    label: str
    origin: str
    p: float
    loss: float
    rank: int


def target_at(session: Session, position: int) -> Target | None:
    """The token that follows: the next one of the text, or after its end the one that the model's
    card names for its own prompt. `None` where nobody knows.
    """
    trace = session.trace
    named = session.model.target_after(trace.ids)
    if position < trace.length - 1:
        token = trace.ids[position + 1]
        origin = "the next token of the text"
    elif named is not None:
        token = named
        origin = "the continuation that the source of this example names"
    else:
        return None
    loss = trace.loss_at(position, token)
    rank = trace.rank_at(position, token)
    return Target(token, session.model.labels[token], origin, exp(-loss), loss, rank)


def draw_after(session: Session, position: int) -> Draw | None:
    """The draw that is made after a position.

    `None` inside the prompt, which was typed, and for what was drawn before the window slid: from
    what the model gave for another window.
    """
    if session.left_out and position < session.trace.length - 1:
        return None
    count = position + 1 - (session.trace.length - len(session.state.generated))
    return session.draw_at(count) if count >= 0 else None


def tokens_lines(session: Session, view: View) -> list[str]:
    """A row a token: position, token, id, and whether it was typed or sampled."""
    ids, sampled = session.trace.ids, bool(session.state.generated)
    focus = session.cursor.token
    count = len(ids)
    shown: list[int | None] = list(range(count))
    if count > TOKENS_MAX:
        kept = {*range(TOKENS_MAX - 10), *range(count - 9, count), *([focus] if focus else [])}
        shown = [None if at not in kept else at for at in range(count)]
        shown = [at for n, at in enumerate(shown) if at is not None or shown[n - 1] is not None]
    rows = [["position", "token", "id", ""]]
    for at in shown:
        if at is None:
            rows.append([GAP, "", "", ""])
            continue
        note = "" if not sampled else "typed" if at < session.prompt_length else "sampled"
        mark = " <" if at == focus else ""
        rows.append([str(at), short(session.tokens[at], 30), str(ids[at]), note + mark])
    lines = table(rows, "rlrl", indent=2)
    missing = left_out(shown, count, "tokens")
    if missing:
        lines.append(f"  left out: {missing}")
    if session.left_out:
        gone = session.left_out
        lines.append(f"  {gone:,} older token{'s' * (gone > 1)} fell out of the window")
    if told := leading_space_told(session.tokens):
        lines.append(f"  {told}")
    tokenizer = session.model.tokenizer
    if isinstance(tokenizer, WordTokenizer):
        unknown = tokenizer.unknown(session.state.prompt)
        if unknown:
            words = ", ".join(short(visible(word), 30) for word in unknown[:_UNKNOWN_MAX])
            more = f" and {len(unknown) - _UNKNOWN_MAX} more" if unknown[_UNKNOWN_MAX:] else ""
            text = f"not in the vocabulary, read as <unk>: {words}{more}"
            lines += [f"  {line}" for line in wrap(text, view.width - 2)]
    return lines


def settings_line(session: Session) -> str:
    """`temperature 0.8 · top-k 5 · top-p off · min-p off`."""
    s = session.state.sampling
    temperature = "temperature 0 (greedy)" if s.greedy else f"temperature {s.temperature:g}"
    return " · ".join(
        (
            temperature,
            f"top-k {s.top_k or 'off'}",
            f"top-p {f'{s.top_p:g}' if s.top_p < 1 else 'off'}",
            f"min-p {f'{s.min_p:g}' if s.min_p > 0 else 'off'}",
        )
    )


def probabilities_lines(session: Session, view: View) -> list[str]:
    """The columns from logit to probability, most likely first, and the loss where it is known."""
    position = session.row
    try:
        dist = session.distribution_at(position)
    except SamplingError as error:
        return [f"  {line}" for line in wrap(str(error), view.width - 2)]
    settings = session.state.sampling
    cuts = bool((dist.cut != Cut.KEPT).any())
    top = [int(token) for token in dist.order[:TOP]]
    logit, scaled = format_for(dist.logits[top]), format_for(dist.scaled[top])

    def probability(value: float, token: int) -> str:
        return share(value) if dist.cut[token] == Cut.KEPT else "–"

    columns: list[tuple[str, str, Callable[[int], str]]] = [
        ("token", "l", lambda t: short(session.model.labels[t], 20)),
        ("id", "r", str),
        ("logit", "r", lambda t: logit(float(dist.logits[t]))),
    ]
    if not settings.greedy:
        columns.append(("logit ÷ T", "r", lambda t: scaled(float(dist.scaled[t]))))
    if cuts:
        columns.append(("softmax", "r", lambda t: share(float(dist.full[t]))))
        columns.append(("cut by", "l", lambda t: Cut(dist.cut[t]).label))
    columns.append(("p", "r", lambda t: probability(float(dist.probs[t]), t)))
    columns.append(("cumulative", "r", lambda t: probability(float(dist.cumulative[t]), t)))
    rows = [[heading for heading, _, _ in columns]]
    rows += [[make(token) for _, _, make in columns] for token in top]
    at = f"{position} {short(session.tokens[position])}"
    lines = [f"  after {at}: {settings_line(session)}", ""]
    lines += table(rows, "".join(side for _, side, _ in columns))
    lines += _rest(dist, len(top))
    lines.append("")
    kept = f"kept {dist.kept:,} of {len(dist.logits):,} tokens"
    if cuts:
        kept += f", which had {share(dist.kept_mass)} of the probability before the cut"
    lines.append(f"  {kept}")
    lines.append(f"  uncertainty of the draw {abs(dist.entropy):.3f} bits")
    target = target_at(session, position)
    if target is not None:
        lines += ["", *target_lines(target, len(dist.logits))]
    return lines


def _rest(dist: Distribution, named: int) -> list[str]:
    """One line for all tokens that the table leaves out."""
    rest = dist.order[named:]
    if not len(rest):
        return []
    unknown = len(dist.logits) - len(dist.order)
    logits = dist.logits[rest]
    shown = format_for(logits)
    low, high = shown(float(logits.min())).strip(), shown(float(logits.max())).strip()
    kept = int(np.count_nonzero(dist.cut[rest] == Cut.KEPT))
    p = float(dist.probs[rest].sum())
    lines = [
        f"  and {len(rest):,} more: logits {low} to {high}, {f'{kept:,}' if kept else 'none'} "
        f"of them kept, p {share(p)} together"
    ]
    if unknown:
        left = 0.0 if dist.whole else 1.0 - float(dist.probs[dist.order].sum())
        lines.append(
            f"  and {unknown:,} that are not in this file, p {share(max(left, 0.0))} together"
        )
    return lines


def target_lines(target: Target, vocabulary: int) -> list[str]:
    """The loss against the token that really comes."""
    name = short(target.label, 20)
    return [
        f"  target {name} (id {target.token}): {target.origin}",
        f"  p({name}) = {significant(target.p)} at temperature 1 before any filter, "
        f"rank {target.rank:,} of {vocabulary:,}",
        f"  loss = −ln p({name}) = {target.loss:.3f}",
    ]


def sample_lines(session: Session, view: View) -> list[str]:
    """The arithmetic of the draw: the number, the pieces of the line, the one that it falls on."""
    position = session.row
    try:
        drawn = draw_after(session, position)
    except SamplingError as error:
        return [f"  {line}" for line in wrap(str(error), view.width - 2)]
    labels = session.model.labels
    at = f"{position} {short(session.tokens[position])}"
    if drawn is None:
        after = f"{position + 1} {short(session.tokens[position + 1])}"
        if session.left_out:
            return [f"  after {at} comes {after}, which was there before the window slid"]
        return [f"  after {at} comes {after}, which was typed: nothing is drawn here"]
    name = f"{short(labels[drawn.token], 20)} (id {drawn.token})"
    dist = session.distribution_at(position)
    lines = [f"  after {at}: {settings_line(session)}", ""]
    if drawn.u is None:
        top = format_for(dist.logits[dist.order])(float(dist.logits[drawn.token])).strip()
        lines.append(f"  greedy: no number is drawn; the largest logit, {top}, is that of {name}")
    else:
        count = position + 1 - (session.trace.length - len(session.state.generated))
        lines.append(f"  seed {session.state.seed}, sampled token number {count + 1}: ")
        lines[-1] += f"u = {drawn.u:.6f}"
        lines += ["", *_pieces(session, dist, drawn), ""]
        end = "≤ 1" if drawn.high == 1.0 else f"< {drawn.high:.6f}"
        lines.append(f"  {drawn.low:.6f} ≤ {drawn.u:.6f} {end}: the token is {name}")
    if position == session.trace.length - 1 and session.context_full:
        text = (
            f"The context is full: {session.model.card.name} reads at most "
            f"{session.model.config.n_ctx:,} tokens, so this one cannot be appended."
        )
        lines += ["", *(f"  {line}" for line in wrap(text, view.width - 2))]
    elif position < session.trace.length - 1:
        lines.append(f"  the text goes on with {short(session.tokens[position + 1], 20)}")
    return lines


def _pieces(session: Session, dist: Distribution, drawn: Draw) -> list[str]:
    """The kept tokens side by side on the line from 0 to 1."""
    ranked = [int(token) for token in dist.order[: dist.kept]]
    named = ranked[:TOP] if drawn.token in ranked[:TOP] else [*ranked[: TOP - 1], drawn.token]
    rows = [["token", "from", "to", "p", ""]]
    low = dict(zip(ranked, (0.0, *(float(dist.cumulative[t]) for t in ranked)), strict=False))
    for token in named:
        if token == drawn.token and token not in ranked[:TOP]:
            rows.append([GAP, "", "", "", ""])
        rows.append(
            [
                short(session.model.labels[token], 20),
                f"{low[token]:.6f}",
                f"{dist.cumulative[token]:.6f}",
                f"{dist.probs[token]:.6f}",
                "← u falls here" if token == drawn.token else "",
            ]
        )
    lines = table(rows, "lrrrl")
    if dist.kept > len(named):
        lines.append(f"  and {dist.kept - len(named):,} more")
    return lines
