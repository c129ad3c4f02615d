"""Which queries are worked on together, and which keys they can see between them.

Half of all scores lie above the diagonal, where the mask takes them away again. So the queries of
a pass are cut into blocks, and what no query of a block may see is not computed.
"""

from dataclasses import dataclass
from functools import lru_cache

from tui_transformer.engine.tap import Array

QUERIES = 64
"""How many queries a block has: their scores stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class QueryBlock:
    """Some queries, and the keys from the first to the last that any of them sees."""

    queries: slice
    keys: slice

    def of(self, scores: Array) -> Array:
        """This block's part of `[head, query_pos, key_pos]`, a view."""
        return scores[:, self.queries, self.keys]

    def unseen(self, length: int) -> tuple[slice, ...]:
        """The keys, of `length`, that none of its queries sees: before and behind."""
        sides = slice(0, self.keys.start), slice(self.keys.stop, length)
        return tuple(keys for keys in sides if keys.start < keys.stop)


@lru_cache(maxsize=64)
def query_blocks(queries: int, keys: int, window: int | None = None) -> tuple[QueryBlock, ...]:
    """The blocks of a pass. Its queries are the last ones of the keys (the cache holds others).

    With a sliding window a query sees the last `window` keys up to itself.
    """
    before = keys - queries  # the key at the place of the first query
    blocks = []
    for start in range(0, queries, QUERIES):
        stop = min(start + QUERIES, queries)
        first = 0 if window is None else max(0, before + start - window + 1)
        blocks.append(QueryBlock(slice(start, stop), slice(first, before + stop)))
    return tuple(blocks)
