"""Finding a token of the vocabulary by its text or its id."""

from collections.abc import Iterable, Sequence

from tui_transformer.tokenizers import visible
from tui_transformer.tokenizers.visible import LEADING_SPACE

MOST = 1_000
"""Matches that are looked for; whoever gets so many asks again."""


def find_tokens(query: str, labels: Sequence[str], order: Iterable[int]) -> tuple[int, ...]:
    """The tokens that a query means, the best match first.

    A whole number is the id of a token; then come those whose label is the query (with or without
    a space before it), then those that hold it, each in the order given. A leading space of the
    query stands for one in the token.

    Args:
        query: what was typed.
        labels: a label for each token.
        order: the ids of all tokens, such as from the likeliest down.
    """
    wanted = visible(query, leading_space=True)
    if not wanted:
        return ()
    whole = {wanted, LEADING_SPACE + wanted}
    by_id: list[int] = []
    digits = query.strip()
    if digits.isascii() and digits.isdigit() and len(digits) < 10 and int(digits) < len(labels):
        by_id.append(int(digits))
    same: list[int] = []
    within: list[int] = []
    for token in order:
        label = labels[token]
        if wanted not in label:
            continue
        if label in whole:
            same.append(int(token))
        elif len(within) < MOST:
            within.append(int(token))
    return tuple(dict.fromkeys((*by_id, *same, *within)))[:MOST]
