"""`tuitf config`: shows the settings and changes them."""

from typing import TYPE_CHECKING, Annotated

import typer

from tui_transformer.cli import streams
from tui_transformer.errors import InputError, TuitfError

if TYPE_CHECKING:
    from tui_transformer.terminal.config import Config, Trouble


def config(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A setting, or keys.ID for a key.")
    ] = None,
    value: Annotated[str | None, typer.Argument(metavar="[VALUE]", help="Its new value.")] = None,
    unset: Annotated[bool, typer.Option("--unset", help="Bring its default back.")] = False,
    path: Annotated[bool, typer.Option("--path", help="Print where the file is.")] = False,
    edit: Annotated[bool, typer.Option("--edit", help="Open the file in $EDITOR.")] = False,
    actions: Annotated[
        bool, typer.Option("--actions", help="List the actions with their ids and keys.")
    ] = False,
) -> None:
    """Show the settings, or change one: tuitf config theme light.

    \b
    Examples:
      tuitf config
      tuitf config theme light
      tuitf config keys.step.next n,space
      tuitf config --unset theme
    """
    from tui_transformer.terminal import config_path

    where = config_path()
    if path:
        streams.write_lines([streams_safe(str(where))])
    elif edit:
        _edit()
    elif actions:
        _actions()
    elif name is None:
        if unset:
            raise InputError("--unset needs the name of a setting")
        _show()
    elif value is not None or unset:
        _set(name, None if unset else value)
    else:
        streams.write_lines([_value(name)])


def streams_safe(text: str) -> str:
    """Text from outside, fit for a terminal."""
    from tui_transformer.tokenizers import visible

    return visible(text)


def _show() -> None:
    from tui_transformer.render.plain_table import beside
    from tui_transformer.terminal import config_path, read_config
    from tui_transformer.terminal.settings import CHOICES, MEANINGS, Settings

    config = read_config(config_path())
    state = "" if config.exists else "   (not there yet)"
    lines = [f"file           {streams_safe(str(config.path))}{state}", ""]
    for name, choices in CHOICES.items():
        value = config.settings.value(name)
        mark = "default" if value == Settings().value(name) else "set"
        lead = f"{name:<14} {value:<10} {mark:<8} "
        lines += beside(lead, f"{MEANINGS[name]}: {', '.join(choices)}")
    for action, keys in sorted(config.settings.keys.items()):
        lines.append(streams_safe(f"keys.{action}  {keys}"))
    lines += ["", "tuitf config NAME VALUE sets one, --unset NAME brings its default back,",
              "--actions lists what keys can be set for."]  # fmt: skip
    streams.write_lines(lines)
    for trouble in all_troubles(config):
        streams.complain(streams_safe(trouble.at(str(config.path))))


def all_troubles(config: "Config") -> "tuple[Trouble, ...]":
    """What of a config file cannot be used, keys among it."""
    if not config.settings.keys:
        return config.troubles
    from tui_transformer.tui.remap import key_troubles, wrong_keys

    return (*config.troubles, *key_troubles(wrong_keys(config.settings.keys), config.lines))


def _value(name: str) -> str:
    from tui_transformer.terminal import config_path, read_config
    from tui_transformer.terminal.config import with_setting
    from tui_transformer.terminal.settings import CHOICES

    settings = read_config(config_path()).settings
    if name.startswith("keys."):
        found = settings.keys.get(name.removeprefix("keys."))
        return streams_safe(found) if found else "default"
    if name not in CHOICES:
        with_setting(settings, name, "")  # says what there is
    return settings.value(name)


def _set(name: str, value: str | None) -> None:
    from tui_transformer.terminal import config_path, write_setting

    if name.startswith("keys.") and value is not None:
        _check_keys(name.removeprefix("keys."), value)
    write_setting(config_path(), name, value)
    told = "its default" if value is None else value
    streams.write_lines([streams_safe(f"{name} is {told}; {config_path()}")])


def _check_keys(action: str, value: str) -> None:
    """Refuse keys that would not be heard, beside the others that are set."""
    from tui_transformer.terminal import config_path, read_config
    from tui_transformer.tui.remap import wrong_keys

    others = read_config(config_path()).settings.keys
    keys = {name: keys for name, keys in others.items() if name != action} | {action: value}
    for wrong in wrong_keys(keys):
        if wrong.action == action:
            raise InputError(wrong.reason)


def _actions() -> None:
    from tui_transformer.terminal import config_path, read_config
    from tui_transformer.tui.keys import Keys
    from tui_transformer.tui.remap import action_words, wrong_keys

    own = dict(read_config(config_path()).settings.keys)
    for wrong in wrong_keys(own):
        del own[wrong.action]
    keys = Keys(own)
    streams.write_lines(
        streams_safe(f"{action:<18} {','.join(keys.of(action)):<25} {words}")
        for action, words in action_words().items()
    )


def _edit() -> None:
    import os
    import shlex
    import subprocess

    from tui_transformer.terminal import config_path, read_config
    from tui_transformer.terminal.config import told
    from tui_transformer.terminal.edit import HEADER

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if not editor:
        raise InputError("EDITOR is not set; tuitf config NAME VALUE sets one setting")
    where = config_path()
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        if not where.exists():
            where.write_text(HEADER, encoding="utf-8")
        subprocess.run([*shlex.split(editor), str(where)], check=False)
    except (OSError, ValueError) as error:
        raise TuitfError(f"{editor} cannot be opened on {where}: {error}") from None
    trouble = told(all_troubles(read_config(where)), str(where))
    if trouble:
        raise TuitfError(streams_safe(trouble))
