"""Training under the virtual clock: a step takes its time, and a tape always sees the same ones."""

from pathlib import Path

from tui_transformer.recording.performance import Recording, perform
from tui_transformer.recording.tape import parse_tape

TAPE = """
Model toy
Set Width 120
Set Height 32
Type "t"
Wait /step of training/
Type "2"
Sleep 1s
Marker "ten"
Type "a"
Sleep 300ms
Type "a"
Sleep 500ms
Marker "stopped"
Type "q"
Sleep 300ms
Expect /pipeline|softmax|tokens/
"""


def trained() -> Recording:
    return perform(parse_tape(TAPE, Path("t.tape")))


def test_training_is_the_same_each_time_and_takes_virtual_time() -> None:
    one, two = trained(), trained()
    assert one.cast == two.cast
    (ten, _), (stopped, _) = one.markers
    assert "after 10 steps" in ten.picture.text or "step 10" in ten.picture.text
    assert ten.picture.text != stopped.picture.text
