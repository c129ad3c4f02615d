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
)
from tui_transformer.terminal.edit import edited
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
def test_what_is_set_is_read(wanted: Settings) -> None:
    text = ""
    for name in CHOICES:
        value = wanted.value(name)
        text = edited(text, name, {"true": True, "false": False}.get(value, value))
    for action, keys in wanted.keys.items():
        text = edited(text, f"keys.{action}", keys)
    data = parsed_file(text.encode())[1]
    assert settings_in(data, text) == (wanted, ())


OWN = """\
# my settings

theme = "light"   # easier on the eyes
color = "pink"

[keys]            # vi
cell.down = "j"
"cell.up" = "k"   # up

# the end
"""


def test_comments_order_and_layout_stay(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(OWN.encode())
    write_setting(path, "theme", "contrast")
    assert path.read_text() == OWN.replace('"light"', '"contrast"')
    write_setting(path, "color", "16")  # which mends it
    write_setting(path, "keys.cell.down", "n")
    write_setting(path, "keys.cell.up", "p")
    expected = OWN.replace('"light"', '"contrast"').replace('"pink"', '"16"')
    assert path.read_text() == expected.replace('"j"', '"n"').replace('"k"', '"p"')
    write_setting(path, "mouse", "false")
    write_setting(path, "keys.quit", "x")
    text = path.read_text()
    for comment in ("# my settings", "# easier on the eyes", "# vi", "# up", "# the end"):
        assert comment in text
    assert text.index("mouse = false") < text.index("[keys]") < text.index('quit = "x"')
    assert not read_config(path).troubles
    write_setting(path, "theme", None)
    write_setting(path, "keys.cell.down", None)
    found = read_config(path).settings
    assert found.theme == "dark"
    assert found.keys == {"cell.up": "p", "quit": "x"}
    assert "# my settings" in path.read_text()


@pytest.mark.parametrize("keys", ['keys = { "quit" = "x" }', 'keys.quit = "x"', '[keys]\nquit="x"'])
def test_keys_are_changed_however_they_are_written(tmp_path: Path, keys: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(keys + "\n")
    write_setting(path, "keys.quit", "y")
    write_setting(path, "keys.step.next", "f5")
    write_setting(path, "theme", "light")
    found = read_config(path)
    assert found.settings.keys == {"quit": "y", "step.next": "f5"}
    assert found.settings.theme == "light"
    assert not found.troubles


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text("# mine\r\ntheme = 'light'\r\n", newline="")
    path = tmp_path / "config.toml"
    path.symlink_to(tmp_path / "dotfiles.toml")
    write_setting(path, "theme", "dark")
    assert path.is_symlink()
    assert path.read_bytes().startswith(b"# mine\r\n")


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
