"""The tensors behind the last block, read without computing more of them than is looked at.

A row of logits is as long as the vocabulary: for 300 tokens of GPT-2, all rows take 60 MB and more
time than a frame has, one row takes neither.
"""

from tui_transformer.engine import Array, Chain, ModelConfig, Recorder
from tui_transformer.engine.forward import final_norm
from tui_transformer.engine.names import TensorRef, axes_of, split_layer
from tui_transformer.errors import InputError
from tui_transformer.trace.protocol import Trace
from tui_transformer.trace.record import LiveTrace


def shape_of(name: str, config: ModelConfig, length: int) -> tuple[int, ...]:
    """The shape of a tensor in a pass over `length` tokens; nothing is computed.

    Raises:
        InputError: there is no tensor of that name.
    """
    sizes = {"head": config.n_heads, "kv_head": config.n_kv_heads, "one": 1}
    sizes |= dict.fromkeys(("pos", "query_pos", "key_pos"), length)
    return tuple(sizes[a] if a in sizes else getattr(config, a) for a in axes_of(name))


def read_tensor(trace: Trace, name: str) -> Array:
    """A tensor by its full name, as :meth:`Trace.tensor` gives it, without more than is needed:
    the final norm without the logits, the entry of a block without its inside.

    Raises:
        InputError: this model has no tensor of that name.
    """
    if not isinstance(trace, LiveTrace):
        return trace.tensor(name)
    layer, inside = split_layer(name)
    if inside == "resid_pre" and layer is not None and layer < trace.config.n_layers:
        return trace.resid[layer]
    if not (name.startswith("ln_final.") and trace.config.final_norm):
        return trace.tensor(name)
    kept = trace._outside
    if name not in kept:
        recorder = Recorder()
        final_norm(trace.resid[-1], trace.weights, trace.config, Chain((trace.edits, recorder)))
        kept.update(recorder.tensors)
    if name not in kept:
        return trace.tensor(name)  # says that there is none
    return kept[name]


def read_cell(trace: Trace, ref: TensorRef) -> float:
    """One number, as :meth:`Trace.cell` gives it; of the logits only that row is computed.

    Raises:
        InputError: there is no such tensor, or the index lies outside it.
    """
    name, index = ref.name, ref.index
    values: Array | None = None
    if name == "logits" and isinstance(trace, LiveTrace) and not trace.has_all_logits:
        shape: tuple[int, ...] = (trace.length, trace.config.d_vocab)
    else:
        values = read_tensor(trace, name)
        shape = values.shape
    axes = axes_of(name)
    if len(index) != len(shape):
        raise InputError(f"{name} has {len(shape)} axes: {', '.join(axes)}")
    for axis, at, size in zip(axes, index, shape, strict=True):
        if not 0 <= at < size:
            raise InputError(f"{ref}: {axis} goes from 0 to {size - 1}")
    if values is None:
        return float(trace.logits_at(index[0])[index[1]])
    return float(values[index])
