"""One cell taken apart, as lines of arithmetic that add up."""

from tui_transformer.engine.names import TensorRef, axes_of
from tui_transformer.render.lines import wrap
from tui_transformer.render.numbers import INSPECTOR_DIGITS, significant
from tui_transformer.render.plain_table import View, format_for, short, table
from tui_transformer.session import Session
from tui_transformer.trace import Explanation, Term, explain, shape_of

TERMS_MAX = 16
"""The longest sum that is written out in full; of longer ones the 12 largest terms."""

_LARGEST = 12


def cell_axes(session: Session, ref: TensorRef) -> str:
    """The index of a cell in words: `head 1 of 2, query_pos 3 on, key_pos 1 cat`."""
    shape = shape_of(ref.name, session.model.config, session.trace.length)
    parts = []
    for axis, at, size in zip(axes_of(ref.name), ref.index, shape, strict=True):
        if axis in {"head", "kv_head"}:
            kind = "key/value head" if axis == "kv_head" else "head"
            parts.append(f"{kind} {at + 1} of {size}")
        elif axis != "one":
            parts.append(f"{axis} {_with_label(session, axis, at)}")
    return ", ".join(parts)


def _with_label(session: Session, axis: str, at: int) -> str:
    if axis in {"pos", "query_pos", "key_pos"}:
        return f"{at} {short(session.tokens[at])}"
    if axis == "d_vocab":
        return f"{at} {short(session.model.labels[at])}"
    return str(at)


def why_lines(session: Session, ref: TensorRef, view: View) -> list[str]:
    """How one cell came about.

    Raises:
        InputError: there is no such tensor, or the index lies outside it.
    """
    found = explain(session.trace, ref)
    if found.lacks:
        given = significant(found.value, INSPECTOR_DIGITS)
        return [f"{ref} = {given}", f"  {cell_axes(session, ref)}", "",
                *(f"  {line}" for line in wrap(found.lacks, view.width - 2))]  # fmt: skip
    lines = [
        f"{ref} = {significant(found.value, INSPECTOR_DIGITS)}",
        f"  {cell_axes(session, ref)}",
        "",
        f"  {found.formula}",
    ]
    if found.reads:
        reads = f"reads {' and '.join(found.reads)}"
        lines += [f"  {line}" for line in wrap(reads, view.width - 2)]
    lines += ["", *_arithmetic(session, found), ""]
    given = significant(found.value, INSPECTOR_DIGITS)
    lines.append(f"  in the pass, computed in float32: {given}")
    return lines


def _arithmetic(session: Session, found: Explanation) -> list[str]:
    """The terms, one a line, their sum, and what is done with it."""
    ranked = len(found.terms) > TERMS_MAX
    terms, rest = found.largest(_LARGEST) if ranked else (found.terms, 0.0)
    chosen = found.terms[found.chosen] if found.combine == "share" else None
    if chosen is not None and chosen not in terms:
        terms = (*terms, chosen)
        rest -= chosen.value
    total = sum(term.value for term in found.terms)
    value = format_for([*(term.value for term in terms), total], INSPECTOR_DIGITS)
    width = max(len(term.factors) for term in terms)
    factors = [
        format_for([term.factors[n] for term in terms if n < len(term.factors)], INSPECTOR_DIGITS)
        for n in range(width)
    ]

    def row(label: str, parts: tuple[float, ...], result: float, note: str = "") -> list[str]:
        cells: list[str] = []
        for n in range(width if width > 1 else 0):
            there = n < len(parts)
            cells += ["×" if n and there else "", factors[n](parts[n]) if there else ""]
        return [label, *cells, "=" if len(parts) > 1 else "", value(result), note]

    rows = [
        row(
            _term_label(session, term),
            term.factors if len(term.factors) > 1 else (),
            term.value,
            "← this one" if term is chosen else "",
        )
        for term in terms
    ]
    if ranked:
        others = len(found.terms) - len(terms)
        rows.append(row(f"the {others:,} others", (), rest))
    if len(found.terms) > 1:
        rows.append(row("sum", (), total))
    align = "l" + "rr" * (width if width > 1 else 0) + "rrl"
    return [*table(rows, align, gap=1), *_finish(found, chosen, total)]


def _finish(found: Explanation, chosen: Term | None, total: float) -> list[str]:
    """The last step, where the sum is not the end of it."""

    def six(number: float) -> str:
        return significant(number, INSPECTOR_DIGITS)

    if chosen is not None:
        return ["", f"  {six(chosen.value)} ÷ {six(total)} = {six(found.total)}"]
    if found.combine == "root":
        return ["", f"  √{six(total)} = {six(found.total)}"]
    if found.scale != 1:
        return ["", f"  {six(total)} × {six(found.scale)} = {six(found.total)}"]
    return []


def _term_label(session: Session, term: Term) -> str:
    if term.index is None:
        return term.axis
    return f"{term.axis} {_with_label(session, term.axis, term.index)}"
