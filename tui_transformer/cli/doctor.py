"""`tuitf doctor`: what was found out about the terminal, and a card to see whether it is so."""

from tui_transformer.cli import streams

LOOKS_WRONG = (
    ("bars of colour have steps or repeat", "tuitf config color 256, or 16"),
    ("all is grey", "export COLORTERM=truecolor if the terminal can, or tuitf config color 256"),
    ("boxes, ? or â stand for lines", "tuitf config glyphs ascii, or a UTF-8 LANG"),
    ("lines do not join, columns shift", "a monospaced font; 'ambiguous width' 1"),
    ("colours are wrong in tmux", 'set -as terminal-features ",*:RGB" in ~/.tmux.conf'),
    ("text cannot be selected", "hold Shift, or tuitf config mouse false"),
    ("it is slow over the network", "tuitf config low-bandwidth true"),
    ("digits for colours tire the eye", "tuitf config cells shades"),
    ("the background is light", "tuitf config theme light"),
)


def doctor() -> None:
    """Say what was found out about this terminal, and show every ramp and glyph set."""
    from tui_transformer.cli.present import why_plain
    from tui_transformer.render.plain_table import beside
    from tui_transformer.terminal import choose, config_path, look_around, read_config

    found = look_around()
    config = read_config(config_path())
    chosen = choose(config.settings, found)
    size = f"{found.size[0]}×{found.size[1]}" if found.on_terminal else "not a terminal"
    small = found.on_terminal and (found.size[0] < 80 or found.size[1] < 24)
    no_color = "   NO_COLOR is set" if found.no_color else ""
    rows = [
        ("size", size + ("   the screen needs 80×24" if small else "")),
        ("terminal", f"TERM={found.term}" if found.term else "TERM is not set"),
        ("colours", f"{_colours(found.depth)}, as {found.depth_from} says{no_color}"),
        ("encoding", found.encoding),
        ("locale", (found.locale or "not set") + ("" if found.utf8 else "   not UTF-8")),
        ("tmux, screen", "yes" if found.tmux else "no"),
        ("SSH", "yes" if found.ssh else "no"),
        ("config", f"{config.path}" + ("" if config.exists else "   not there")),
        (),
        ("used", f"color {chosen.depth} · glyphs {chosen.glyphs} · theme {chosen.theme}"),
        ("", f"cells {chosen.cells} · mouse {'on' if chosen.mouse else 'off'} · low-bandwidth "
             f"{'on' if chosen.low_bandwidth else 'off'}"),
        *(("", reason) for reason in chosen.reasons),
    ]  # fmt: skip
    plain = why_plain()
    if plain:
        rows.append(("", f"the screen does not open: {plain}"))
    from tui_transformer.tokenizers import visible

    lines = [f"{row[0]:<14} {visible(row[1])}".rstrip() if row else "" for row in rows]
    streams.write_lines([*lines, "", *card(chosen.theme, colour=plain is None), ""])
    streams.write_lines(["what to set when it looks wrong"])
    for wrong, mend in LOOKS_WRONG:
        streams.write_lines(beside(f"  {wrong:<35} ", mend))
    from tui_transformer.cli.config import all_troubles

    streams.write("", flush=True)
    for trouble in all_troubles(config):
        streams.complain(visible(trouble.at(str(config.path))))


def _colours(depth: str) -> str:
    return {"truecolor": "16 million", "none": "none"}.get(depth, depth)


def card(theme: str, *, colour: bool) -> list[str]:
    """Every ramp and every glyph set; without `colour` no sequence is written."""
    from typing import cast

    from rich.color import Color, ColorSystem
    from rich.style import Style

    from tui_transformer.render.palettes import palette_for
    from tui_transformer.render.scale import ASCII_SHADES, DIGITS, SHADES
    from tui_transformer.terminal.settings import ThemeSetting
    from tui_transformer.tui.ascii import in_ascii

    systems = {
        "truecolor": ColorSystem.TRUECOLOR,
        "256": ColorSystem.EIGHT_BIT,
        "16": ColorSystem.STANDARD,
    }
    lines = []
    if colour:
        for depth, system in systems.items():
            palette = palette_for(cast("ThemeSetting", theme), depth)  # type: ignore[arg-type]
            for name, ramp in (("0 to 1", palette.sequential), ("− 0 +", palette.signed)):
                wide = max(1, 32 // len(ramp))
                cells = "".join(
                    Style.from_color(None, Color.parse(shade)).render(
                        " " * wide, color_system=system
                    )
                    for shade in ramp
                )
                lines.append(f"{_colours(depth):<12} {name:<7} {cells}")
    lines.append(f"{'no colours':<12} {'digits':<7} {DIGITS}   −9 … · … +9")
    lines.append(f"{'':<12} {'shades':<7} {SHADES}        −█ … · … +█   in ASCII {ASCII_SHADES}")
    blocks = "▀▄█ ▁▂▃▄▅▆▇█ ▏▎▍▌▋▊▉█ ╭─╮│╰╯ ✓●○ ▸▾ ×−·…∞"
    lines.append(f"{'blocks':<20} {blocks}")
    lines.append(f"{'ascii':<20} {in_ascii(blocks)}")
    return lines
