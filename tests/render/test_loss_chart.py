"""The loss curve: where its marks are, and what it does with too little room or no number."""

from math import nan

from tui_transformer.render.loss_chart import ASCII, BOTH, HELD_OUT, TRAIN, loss_chart


def test_marks_stand_where_the_numbers_are() -> None:
    lines = loss_chart([0, 5, 10], [4.0, 3.0, 2.0], [4.0, 3.5, 3.0], 19, 5, 10)
    cells = [line[8:] for line in lines[:5]]
    assert [line[:7].strip() for line in lines[:5]] == ["4.000", "", "", "", "2.000"]
    assert cells[0] == BOTH
    assert cells[1] == " " * 5 + HELD_OUT
    assert cells[2] == " " * 5 + TRAIN + " " * 4 + HELD_OUT
    assert cells[4] == " " * 10 + TRAIN
    assert "train" in lines[5]
    assert "held out" in lines[5]


def test_ascii_only_where_asked() -> None:
    lines = loss_chart([0, 10], [4.0, 2.0], [4.0, 3.0], 19, 5, 10, unicode=False)
    assert "".join(lines).isascii()
    assert all(mark in "".join(lines[:5]) for mark in ASCII)


def test_a_run_that_has_just_begun_leaves_the_right_empty() -> None:
    lines = loss_chart([1], [4.0], [4.0], 30, 3, 100)
    assert lines[0].endswith(BOTH)
    assert len(lines[0]) == 9


def test_no_chart_without_numbers_or_room() -> None:
    assert loss_chart([], [], [], 40, 5, 10) == []
    assert loss_chart([1], [nan], [nan], 40, 5, 10) == []
    assert loss_chart([1], [1.0], [1.0], 8, 5, 10) == []
    assert loss_chart([1], [1.0], [1.0], 40, 1, 10) == []


def test_nan_is_left_out() -> None:
    lines = loss_chart([1, 2], [nan, 2.0], [4.0, 3.0], 40, 5, 2)
    assert sum("".join(lines[:5]).count(mark) for mark in (TRAIN, HELD_OUT, BOTH)) == 3
