"""The config file: what it holds is used, and what is wrong with it is told with its line."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_transformer.errors import InputError, TuitfError
from tui_transformer.terminal import Settings, config_path, read_config, write_setting
from tui_transformer.terminal.config import (
    BadLineError,
    parsed_file,
    settings_in,
    with_setting,
    written,
)
from tui_transformer.terminal.settings import CHOICES

GOOD = """\
# mine
color = "256"
low-bandwidth = true
mouse = false
theme = "light"

[keys]
"step.next" = "n,space"
"""


def test_where_it_is() -> None:
    assert config_path({"XDG_CONFIG_HOME": "/x"}) == Path("/x/tuitf/config.toml")
    at_home = Path("/h/.config/tuitf/config.toml")
    assert config_path({"XDG_CONFIG_HOME": "", "HOME": "/h"}) == at_home
    assert config_path({"XDG_CONFIG_HOME": "relative", "HOME": "/h"}) == at_home


def test_what_it_holds_is_used(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    assert read_config(path).settings == Settings()
    assert not read_config(path).exists
    path.write_text(GOOD)
    config = read_config(path)
    assert config.exists
    assert not config.trouble
    assert config.settings == Settings(
        "256", mouse=False, low_bandwidth=True, theme="light", keys={"step.next": "n,space"}
    )


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('color = "256"\nglyphs = blocks', 2, "invalid value"),
        ('# one\ncolor = "pink"', 2, "color is one of auto, truecolor, 256, 16, none, not 'pink'"),
        ("mouse = 3", 1, "mouse is one of true, false"),
        ('\n\ncolour = "256"', 3, "no setting 'colour'"),
        ('[keys]\n"step.next" = 3', 2, "the keys of step.next are text"),
        ("keys = 3", 1, "keys is a table"),
        ("color = ", 1, "invalid value"),
        ('color = "256"\ncolor = "16"', 2, "overwrite"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    config = read_config(path)
    assert config.settings == Settings()
    assert config.trouble.startswith(f"{path}, line {line}: ")
    assert words in config.trouble
    assert "\n" not in config.trouble
    if not config.readable:
        with pytest.raises(TuitfError, match=f"line {line}.*mend it first"):
            write_setting(path, "theme", "light")
        assert path.read_text() == text  # what a person wrote is not lost


def test_one_wrong_setting_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\ncolor = "pink"\n[keys]\nstep.next = "f5"\nsample = 3\n')
    config = read_config(path)
    assert config.settings == Settings(theme="light", keys={"step.next": "f5"})
    assert [trouble.line for trouble in config.troubles] == [2, 5]
    assert config.lines == {"step.next": 4}
    assert config.trouble.endswith("its default is used (and 1 more: tuitf config)")


def test_bytes_that_are_no_text_and_folders(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b"color = '256'\n\xff")
    assert "line 2: it is not UTF-8" in read_config(path).trouble
    assert "defaults" in read_config(tmp_path).trouble
    path.write_bytes(b"#" * 200_000)
    assert "no config file" in read_config(path).trouble


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_nothing_else_is_raised(raw: bytes) -> None:
    try:
        text, data = parsed_file(raw)
    except BadLineError as error:
        assert str(error)
    else:
        settings_in(data, text)


def settings() -> st.SearchStrategy[Settings]:
    return st.builds(
        Settings,
        color=st.sampled_from(CHOICES["color"]),
        glyphs=st.sampled_from(CHOICES["glyphs"]),
        mouse=st.booleans(),
        low_bandwidth=st.sampled_from([None, True, False]),
        theme=st.sampled_from(CHOICES["theme"]),
        keys=st.dictionaries(
            st.text("abc.\"'é", min_size=1), st.text(min_size=1).filter(str.strip), max_size=3
        ),
    )


@given(settings())
def test_what_is_written_is_read(wanted: Settings) -> None:
    text, data = parsed_file(written(wanted).encode())
    assert settings_in(data, text) == (wanted, ())


def test_setting_and_bringing_back(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    write_setting(path, "theme", "light")
    write_setting(path, "low-bandwidth", "true")
    write_setting(path, "keys.sample", "f5")
    found = read_config(path).settings
    assert (found.theme, found.low_bandwidth, found.keys) == ("light", True, {"sample": "f5"})
    write_setting(path, "theme", None)
    write_setting(path, "keys.sample", None)
    found = read_config(path).settings
    assert (found.theme, found.keys) == ("dark", {})
    with pytest.raises(InputError, match="theme is one of"):
        write_setting(path, "theme", "pink")
    with pytest.raises(InputError, match="no setting"):
        with_setting(found, "colour", "16")
    (tmp_path / "file").write_text("")
    with pytest.raises(TuitfError):
        write_setting(tmp_path / "file" / "config.toml", "theme", "light")
