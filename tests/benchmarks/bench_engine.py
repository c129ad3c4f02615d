"""What a pass costs, against its peers and its targets. GPT-2 small's shape, random weights.

    pip install -e '.[bench]'
    python -m tests.benchmarks.bench_engine [ROW …] [--samples N] [--folder FOLDER]

A row is one of: bandwidth decode prefill first capture everything opening cold memory trace
inside; left out, all of them. The weights (1 GB with the copy for llama.cpp) are written to
FOLDER, or to one that is removed afterwards. Every number is the median of samples taken in turn
with the peer's; `ratio` is the median of ours over theirs, pair by pair, and beside it stands that
of the fastest samples. A row whose peer is not installed is left out.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

from tests.benchmarks import gpt2_small, peers
from tests.benchmarks.quiet import Pair, alone, paired
from tui_transformer.engine import Array, KVCache, ModelConfig, Recorder, Weights, forward
from tui_transformer.models.huggingface import read_config, read_weights
from tui_transformer.sampling import SamplingSettings, distribution
from tui_transformer.trace import LiveTrace, record

TOKENS = 8  # decoded in one sample
SIXTEEN = "the cat sat on"  # 16 tokens or fewer of the random vocabulary


class Bench:
    """The model under test and its peers, each opened when a row first needs it."""

    def __init__(self, folder: Path, samples: int) -> None:
        self.folder, self.samples = folder, samples
        config, weights, _ = read_weights(folder, read_config(folder))
        self.config: ModelConfig = config
        self.weights: Weights = weights
        self.ids = np.random.default_rng(1).integers(0, config.d_vocab, gpt2_small.CONTEXT).tolist()
        self.transformers = cache(lambda: peers.Transformers(folder))
        self.lens = cache(peers.Lens)
        self.llama = cache(lambda: peers.LlamaCpp(folder))

    def trace(self, count: int) -> LiveTrace:
        """The pass as the app runs it: capture on, the last row's logits."""
        return record(self.ids[:count], self.weights, self.config)

    def bandwidth(self) -> float:
        """Bytes that two cores read from memory in a second: the best of ten runs."""
        numbers = np.ones((2, 50_000_000), dtype=np.float32)
        best = 0.0
        with ThreadPoolExecutor(2) as pool:
            for _ in range(10):
                time.sleep(0.05)
                start = time.perf_counter()
                list(pool.map(np.dot, numbers, numbers))
                best = max(best, numbers.nbytes / (time.perf_counter() - start))
        return best

    def compare(self, ours: Callable[[], object], peer: Callable[[], object]) -> Pair:
        """Both sides in turn."""
        return paired(ours, peer, self.samples)


def show(what: str, pair: Pair, target: str) -> None:
    """One line of a pair."""
    print(
        f"{what:<42}{pair}   ratio {pair.ratio:5.2f}, of the fastest {pair.best:5.2f}   "
        f"target {target}",
        flush=True,
    )


def show_value(what: str, value: str, target: str) -> None:
    """One line of a number that stands by itself."""
    print(f"{what:<42}{value:<58}target {target}", flush=True)


def bandwidth(bench: Bench) -> None:
    """How fast this machine reads memory now."""
    show_value("memory read bandwidth", f"{bench.bandwidth() / 1e9:8.1f} GB/s", "-")


def decode(bench: Bench) -> None:
    """One more token, capture on, until its logits are there."""
    c = bench.config
    per_token = 4 * sum(w.size for _, w in bench.weights.named()) - 4 * c.n_ctx * c.d_model
    new = bench.ids[-TOKENS:]
    for context in (16, 256, 1000):
        start = bench.trace(context)

        def ours(start: LiveTrace = start) -> None:
            trace = start
            for token in new:
                trace = trace.extended([token])
                trace.logits_at(-1)
            start._stream.filled = start._stream.cache.length = start.length

        for name, peer, target in (
            ("transformers", bench.transformers, "≤ 0.65"),
            ("llama.cpp", bench.llama, "≤ 1.00"),
        ):
            try:
                theirs = peer().decoder(bench.ids[:context])
            except ImportError:
                continue
            pair = bench.compare(ours, lambda theirs=theirs: theirs(new))  # type: ignore[misc]
            show(f"decode {TOKENS} tokens at {context}, {name}", pair, target)
        cached = 8 * c.n_layers * c.n_kv_heads * c.d_head * context
        speed = (per_token + cached) * TOKENS / min(pair.ours)
        share = speed / bench.bandwidth()
        show_value(f"  bytes read a second at {context}", f"{share:8.0%} of the bandwidth", "≥ 90%")


def prefill(bench: Bench) -> None:
    """A prompt, capture on, the logits of all rows."""
    for count in (16, 64, 256, 1024):

        def ours(count: int = count) -> Array:
            return bench.trace(count).tensor("logits")

        ids = bench.ids[:count]
        pair = bench.compare(ours, lambda ids=ids: bench.transformers().prefill(ids))  # type: ignore[misc]
        target = "≤ 1.15" if count == 1024 else "≤ 1.10"
        show(f"prefill {count}, all logits, transformers", pair, target)
        if count == 1024:
            pair = bench.compare(ours, lambda ids=ids: bench.lens().run_with_cache(ids))  # type: ignore[misc]
            show(f"prefill {count}, TransformerLens", pair, "≤ 0.40")


def first(bench: Bench) -> None:
    """From token ids to the first distribution, sampling included."""
    for count in (16, 64, 256, 1024):

        def ours(count: int = count) -> object:
            return distribution(bench.trace(count).logits_at(-1), SamplingSettings(top_p=0.9))

        ids = bench.ids[:count]
        pair = bench.compare(ours, lambda ids=ids: bench.transformers().distribution(ids))  # type: ignore[misc]
        show(f"first distribution after {count}, transformers", pair, "< 1.00")


def capture(bench: Bench) -> None:
    """What the app's trace costs over a pass that keeps nothing; both fill a cache."""
    for count in (1, 16, 256, 1024):
        ids = bench.ids[:count]

        def bare(ids: list[int] = ids) -> Array:
            cached = KVCache(bench.config, len(ids))
            return forward(ids, bench.weights, bench.config, cache=cached, logit_rows="last")

        pair = bench.compare(lambda count=count: bench.trace(count).logits_at(-1), bare)  # type: ignore[misc]
        show(f"capture on against off, {count} tokens", pair, "≤ 1.04")


def everything(bench: Bench) -> None:
    """Every tensor kept at once, the results by head included."""
    for count in (16, 64, 256, 1024):
        ids = bench.ids[:count]

        def ours(ids: list[int] = ids) -> Array:
            tap = Recorder(lambda name: not name.endswith("result"))  # Lens makes none either
            return forward(ids, bench.weights, bench.config, tap)

        pair = bench.compare(ours, lambda ids=ids: bench.lens().run_with_cache(ids))  # type: ignore[misc]
        show(
            f"everything kept, {count} tokens, Lens", pair, "≤ 0.50" if count == 1024 else "≤ 0.80"
        )


def opening(bench: Bench) -> None:
    """From a folder to mapped weights."""
    taken = alone(lambda: read_weights(bench.folder, read_config(bench.folder)), bench.samples)
    show_value("opening the checkpoint", f"{taken * 1e3:8.1f} ms", "≤ 10 ms")


def cold(bench: Bench) -> None:
    """A new process, until `tuitf generate` has written the first token."""
    command = [sys.executable, "-m", "tui_transformer", "generate", SIXTEEN, "-n", "1"]
    command += ["-m", str(bench.folder)]
    started: list[subprocess.Popen[bytes]] = []

    def run() -> None:
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        started.append(process)
        assert process.stdout is not None
        process.stdout.read(len(SIXTEEN) + 1)

    taken = alone(run, bench.samples)
    for process in started:
        process.communicate()
    bare = alone(
        lambda: subprocess.run([sys.executable, "-c", "import numpy"], check=True), bench.samples
    )
    show_value(
        "cold process to first token",
        f"{taken * 1e3:8.0f} ms (Python with NumPy alone {bare * 1e3:.0f})", "≤ 400 ms",
    )  # fmt: skip


MEMORY = """
import sys, threading, time
from pathlib import Path
def private():
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Anonymous:"):
            return int(line.split()[1]) * 1024
from tui_transformer.cli.app import app  # what the command line brings with it
from tui_transformer.models.huggingface import load_folder
from tui_transformer.trace import record
import numpy as np
model = load_folder(Path(sys.argv[1]))
ids = np.random.default_rng(1).integers(0, model.config.d_vocab, 1024).tolist()
peak, done = 0, False
def watch():
    global peak
    while not done:
        peak = max(peak, private())
        time.sleep(0.005)
watcher = threading.Thread(target=watch)
watcher.start()
trace = record(ids, model.weights, model.config)
done = True
watcher.join()
stream = trace._stream
size = stream.resid.nbytes + stream.cache.keys.nbytes + stream.cache.values.nbytes
print(private() - size, peak - size, size)
"""


def memory(bench: Bench) -> None:
    """Private memory of a process that has run 1024 tokens, its trace not counted."""
    command = [sys.executable, "-c", MEMORY, str(bench.folder)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    rest, peak, _ = (int(word) / 2**20 for word in done.stdout.split())
    show_value(
        "private memory beside the trace",
        f"{rest:8.0f} MiB ({peak:.0f} during the pass)",
        "≤ 110 MiB",
    )


def trace(bench: Bench) -> None:
    """The size of a trace of 1024 tokens, alone and after every tensor was looked at."""
    made = bench.trace(1024)
    stream = made._stream
    size = stream.resid.nbytes + stream.cache.keys.nbytes + stream.cache.values.nbytes
    most = 0
    for name in made.names():
        if name != "logits":
            made.tensor(name)
            kept = {
                id(t.base if t.base is not None else t): t.nbytes for t in made._insides.values()
            }
            most = max(most, sum(kept.values()))
    show_value(
        "a trace of 1024 tokens",
        f"{size / 1e6:8.0f} MB ({(size + most) / 1e6:.0f} while looked at)", "≤ 300 MB",
    )  # fmt: skip


def inside(bench: Bench) -> None:
    """One tensor of one block on demand, against that block's share of the pass."""
    for count in (64, 256, 1024):
        known = bench.trace(count)
        for name in ("mlp.post", "attn.attn_scores", "attn.pattern"):

            def ours(name: str = name, known: LiveTrace = known) -> Array:
                known._insides.clear()
                return known.tensor(f"blocks.5.{name}")

            def share(count: int = count) -> None:
                bench.trace(count)

            pair = bench.compare(ours, share)
            ratio = pair.ratio * bench.config.n_layers
            took = statistics.median(pair.ours) * 1e3
            show_value(
                f"{name} of a block, {count} tokens",
                f"{took:8.1f} ms, {ratio:.2f} × its share of the pass", "≤ 1.30 ×",
            )  # fmt: skip


ROWS = {
    row.__name__: row
    for row in (
        bandwidth, decode, prefill, first, capture, everything,
        opening, cold, memory, trace, inside,
    )
}  # fmt: skip


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", choices=[*ROWS, []])
    parser.add_argument("--samples", type=int, default=9)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        if not (folder / "tokenizer.json").exists():
            gpt2_small.write(folder)
        bench = Bench(folder, given.samples)
        print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} processors", flush=True)
        for name in given.rows or ROWS:
            try:
                ROWS[name](bench)
            except ImportError as error:
                print(f"{name}: left out, {error}")


if __name__ == "__main__":
    main()
