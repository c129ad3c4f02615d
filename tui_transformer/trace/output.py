"""The tensors behind the last block, read without computing more of them than is looked at.

A row of logits is as long as the vocabulary: for 300 tokens of GPT-2, all rows take 60 MB and more
time than a frame has, one row takes neither.
"""

from tui_transformer.engine import Array, Chain, ModelConfig, Recorder
from tui_transformer.engine.forward import final_norm
from tui_transformer.engine.names import TensorRef, axes_of
from tui_transformer.errors import InputError
from tui_transformer.trace.record import Trace


def shape_of(name: str, config: ModelConfig, length: int) -> tuple[int, ...]:
    """The shape of a tensor in a pass over `length` tokens; nothing is computed.

    Raises:
        InputError: there is no tensor of that name.
    """
    sizes = {"head": config.n_heads, "kv_head": config.n_kv_heads, "one": 1}
    sizes |= dict.fromkeys(("pos", "query_pos", "key_pos"), length)
    return tuple(sizes[a] if a in sizes else getattr(config, a) for a in axes_of(name))


def read_tensor(trace: Trace, name: str) -> Array:
    """A tensor by its full name, as :meth:`Trace.tensor` gives it; the final norm without logits.

    Raises:
        InputError: this model has no tensor of that name.
    """
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
    if ref.name == "logits" and len(ref.index) == 2:
        sizes = (trace.length, trace.config.d_vocab)
        for axis, at, size in zip(axes_of(ref.name), ref.index, sizes, strict=True):
            if not 0 <= at < size:
                raise InputError(f"{ref}: {axis} goes from 0 to {size - 1}")
        position, token = ref.index
        return float(trace.logits_at(position)[token])
    if ref.name.startswith("ln_final."):
        read_tensor(trace, ref.name)  # from now on the trace has it
    return trace.cell(ref)
