"""The backward pass, by hand: one function for each function of the engine, in the same files.

`engine/attention.py` runs forward, `backward/attention.py` runs the same lines from the last to the
first. `d_x` is the gradient of the loss with respect to `x` and has its shape. What the forward
pass computed on the way is read off a recorder of the one forward pass there is; gradients of
weights are added to arrays that the caller has set to 0.

A tap sees every gradient under the name of its tensor: what it is given as `blocks.0.attn.pattern`
is how the loss changes with each cell of that pattern.

Axes are those of the engine with `batch` in front.
"""

from tui_transformer.training.backward.model import backward, needed

__all__ = ["backward", "needed"]
