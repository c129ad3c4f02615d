"""A token is found by its text or its id."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.walkthrough import find_tokens

LABELS = ("the", "·the", "other", "·cat", "12", "3", "↵", "\\xE2", "·", "The", "<202E>")
ORDER = (2, 9, 1, 0, 3, 4, 5, 6, 7, 8, 10)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("the", (1, 0, 2)),
        (" the", (1,)),
        ("cat", (3,)),
        ("3", (3, 5)),
        ("12", (4,)),
        ("2", (2, 4, 7, 10)),
        ("\n", (6,)),
        ("nothing", ()),
        ("", ()),
        ("99999999999999999999", ()),
        ("\u202e", (10,)),
        (" ", (8, 1, 3)),
    ],
)
def test_ids_come_first_then_whole_tokens_then_parts(query: str, found: tuple[int, ...]) -> None:
    assert find_tokens(query, LABELS, ORDER) == found


@given(st.text(max_size=4), st.permutations(range(len(LABELS))))
def test_every_match_holds_what_was_asked_for(query: str, order: list[int]) -> None:
    found = find_tokens(query, LABELS, order)
    assert len(set(found)) == len(found)
    by_id = {int(query)} if query.strip().isascii() and query.strip().isdigit() else set()
    ranks = [order.index(token) for token in found if token not in by_id]
    whole = [token for token in found if LABELS[token].lstrip("·") == query]
    assert len(ranks) - len(set(ranks)) == 0
    assert set(whole) <= set(found)
