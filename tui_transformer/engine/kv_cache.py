"""Keys and values of the tokens seen so far, so that one more token costs one row."""

import numpy as np

from tui_transformer.engine.config import ModelConfig
from tui_transformer.engine.tap import Array
from tui_transformer.errors import InputError


class KVCache:
    """Keys (rotated, where positions are rotary) and values of every block.

    `keys` and `values` are `[layer, kv_head, n_ctx, d_head]`; the first `length` positions hold
    something. A pass writes its rows behind them with :meth:`extend` and makes them count with
    :meth:`advance` once it is through, so a pass that was cancelled leaves nothing behind.
    """

    def __init__(self, config: ModelConfig, capacity: int | None = None) -> None:
        self.config = config
        self.length = 0
        self._allocate(min(config.n_ctx, capacity or 64))

    def _allocate(self, capacity: int) -> None:
        shape = (self.config.n_layers, self.config.n_kv_heads, capacity, self.config.d_head)
        self.keys: Array = np.empty(shape, dtype=np.float32)
        self.values: Array = np.empty(shape, dtype=np.float32)

    @property
    def capacity(self) -> int:
        """Positions for which there is room before the arrays grow."""
        return self.keys.shape[2]

    def reserve(self, new: int) -> None:
        """Make room for `new` more positions.

        Raises:
            InputError: they do not fit into the context.
        """
        needed = self.length + new
        if needed > self.config.n_ctx:
            raise InputError(
                f"{needed} tokens do not fit: this model reads at most {self.config.n_ctx}"
            )
        if needed > self.capacity:
            keys, values, length = self.keys, self.values, self.length
            self._allocate(min(self.config.n_ctx, max(needed, 2 * self.capacity)))
            self.keys[:, :, :length] = keys[:, :, :length]
            self.values[:, :, :length] = values[:, :, :length]

    def extend(self, layer: int, k: Array, v: Array) -> tuple[Array, Array]:
        """Write the new rows of one block; hand back all of them, old and new.

        Args:
            layer: which block.
            k: `[kv_head, pos, d_head]`, the new keys.
            v: `[kv_head, pos, d_head]`, the new values.

        Returns:
            Keys and values `[kv_head, key_pos, d_head]`, views into the cache.
        """
        end = self.length + k.shape[1]
        self.keys[layer, :, self.length : end] = k
        self.values[layer, :, self.length : end] = v
        return self.keys[layer, :, :end], self.values[layer, :, :end]

    def advance(self, new: int) -> None:
        """Count `new` more positions as seen."""
        self.length += new

    def copy(self, length: int) -> "KVCache":
        """A cache of its own that holds the first `length` positions.

        Raises:
            ValueError: this one does not hold so many.
        """
        if not 0 <= length <= self.length:
            raise ValueError(f"{length} positions of a cache that holds {self.length}")
        twin = KVCache(self.config, capacity=max(length, min(self.config.n_ctx, length + 16)))
        twin.keys[:, :, :length] = self.keys[:, :, :length]
        twin.values[:, :, :length] = self.values[:, :, :length]
        twin.length = length
        return twin
