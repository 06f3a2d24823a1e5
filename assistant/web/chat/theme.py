"""How the page looks, as far as Gradio draws it: paper and ink, in the fonts of the machine. chat.css does the rest."""

from __future__ import annotations

from assistant.web.chat.gradio_patches import gr

SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]

_PAPER, _INK, _QUIET, _RULE, _EDGE, _ACCENT = "#fdfcf9", "#1f1d1a", "#5f5a52", "#ddd8cc", "#857e72", "#8c1d18"
_NIGHT, _CHALK, _DIM, _SEAM, _RIM, _EMBER = "#1c1a18", "#e9e5dc", "#b3ac9f", "#3b3732", "#8d857a", "#f0a39d"

_BOTH = {
    "body_background_fill": (_PAPER, _NIGHT),
    "background_fill_primary": (_PAPER, _NIGHT),
    "background_fill_secondary": (_PAPER, _NIGHT),
    "body_text_color": (_INK, _CHALK),
    "body_text_color_subdued": (_QUIET, _DIM),
    "block_background_fill": (_PAPER, _NIGHT),
    "block_label_text_color": (_INK, _CHALK),
    "block_title_text_color": (_INK, _CHALK),
    "block_info_text_color": (_QUIET, _DIM),
    "border_color_primary": (_RULE, _SEAM),
    "input_background_fill": (_PAPER, _NIGHT),
    "input_border_color": (_EDGE, _RIM),
    "input_border_color_focus": (_ACCENT, _EMBER),
    "input_placeholder_color": (_QUIET, _DIM),
    "link_text_color": (_ACCENT, _EMBER),
    "button_primary_background_fill": (_ACCENT, _EMBER),
    "button_primary_background_fill_hover": ("#741512", "#f6bdb8"),
    "button_primary_text_color": ("#ffffff", _NIGHT),
    "button_secondary_background_fill": (_PAPER, _NIGHT),
    "button_secondary_background_fill_hover": ("#f2eee4", "#2a2724"),
    "button_secondary_text_color": (_INK, _CHALK),
    "button_secondary_border_color": (_EDGE, _RIM),
    "checkbox_background_color": (_PAPER, _NIGHT),
    "checkbox_border_color": (_EDGE, _RIM),
    "checkbox_background_color_selected": (_ACCENT, "#a8322b"),
    "checkbox_border_color_selected": (_ACCENT, "#a8322b"),
    "checkbox_label_background_fill": ("transparent", "transparent"),
    "checkbox_label_background_fill_selected": ("transparent", "transparent"),
    "checkbox_label_background_fill_hover": ("#f2eee4", "#2a2724"),
    "checkbox_label_text_color": (_INK, _CHALK),
    "checkbox_label_text_color_selected": (_INK, _CHALK),
    "color_accent_soft": ("#f6e7e4", "#3a2523"),
}
_PLAIN = {
    "input_border_width": "1px",
    "button_border_width": "1px",
    "block_border_width": "0px",
    "input_shadow": "none",
    "shadow_drop": "none",
}


def newspaper() -> gr.themes.Base:
    """Light and dark, as the reader's machine has it."""
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.red,
        neutral_hue=gr.themes.colors.stone,
        font=SANS,
        font_mono=["ui-monospace", "monospace"],
        radius_size=gr.themes.sizes.radius_sm,
    )
    colours = {name: light for name, (light, _) in _BOTH.items()}
    dark_colours = {f"{name}_dark": dark for name, (_, dark) in _BOTH.items()}
    return theme.set(**colours, **dark_colours, **_PLAIN)
