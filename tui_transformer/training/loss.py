"""The loss: how surprised the model is by the token that really comes next, at every position."""

import numpy as np
import numpy.typing as npt

from tui_transformer.engine import Array
from tui_transformer.engine.ops import quiet
from tui_transformer.engine.tap import IntArray

Mask = npt.NDArray[np.bool_]


@quiet
def surprise(logits: Array, targets: IntArray) -> tuple[Array, Array]:
    """Cross-entropy at every position, in nats, and the probabilities that it comes from.

    `-log softmax(logits)[target]`, with the maximum subtracted first so that `exp` cannot overflow.

    Args:
        logits: `[batch, pos, d_vocab]`.
        targets: `[batch, pos]`, the token that comes after each position.

    Returns:
        The cross-entropy, `[batch, pos]`, and softmax of the logits, `[batch, pos, d_vocab]`.
    """
    shifted = logits - logits.max(axis=-1, keepdims=True)  # [batch, pos, d_vocab], at most 0
    of_target = np.take_along_axis(shifted, targets[..., None], axis=-1)[..., 0]  # [batch, pos]
    probs = np.exp(shifted, out=shifted)  # [batch, pos, d_vocab]
    total = probs.sum(axis=-1, keepdims=True)  # [batch, pos, 1]
    probs /= total  # [batch, pos, d_vocab]
    return np.log(total[..., 0]) - of_target, probs


@quiet
def loss_and_gradient(
    logits: Array, targets: IntArray, mask: Mask | None = None, count: int | None = None
) -> tuple[float, Array]:
    """The mean cross-entropy over the positions that count, and how it changes with the logits.

    `∂L/∂logits = (softmax(logits) - one_hot(target)) / count` where the mask is true, 0 elsewhere
    (Bishop 2006, eq. 4.109).

    Args:
        logits: `[batch, pos, d_vocab]`.
        targets: `[batch, pos]`.
        mask: `[batch, pos]`, true where the loss counts; everywhere if left out.
        count: what the sum is divided by: the positions that count in the whole batch, of which
            these rows may be a part; those of these rows if left out.

    Returns:
        The loss in nats, and its gradient, `[batch, pos, d_vocab]`.
    """
    nats, d_logits = surprise(logits, targets)  # [batch, pos], [batch, pos, d_vocab]
    if count is None:
        count = targets.size if mask is None else int(mask.sum())
    weight = 1.0 / max(count, 1)
    at = targets[..., None]  # [batch, pos, 1]
    of_target = np.take_along_axis(d_logits, at, axis=-1)  # [batch, pos, 1]
    np.put_along_axis(d_logits, at, of_target - 1, axis=-1)
    d_logits *= weight  # [batch, pos, d_vocab]
    if mask is not None:
        nats = np.where(mask, nats, 0)  # [batch, pos]
        d_logits[~mask] = 0
    return float(nats.sum(dtype=np.float64)) * weight, d_logits
