"""What Qt's own widgets need of the look: a whole palette, and one small style sheet."""

from __future__ import annotations

from PySide6.QtGui import QPalette

from app.tokens import CHROME, Tokens, mix


def palette(colors: Tokens) -> QPalette:
    """A whole palette from the tokens, with its disabled group."""
    made = QPalette()
    role = QPalette.ColorRole
    table = {
        role.Window: colors.panel, role.WindowText: colors.text, role.Base: colors.field, role.Text: colors.text,
        role.AlternateBase: colors.hover, role.Button: colors.panel, role.ButtonText: colors.text,
        role.BrightText: colors.error, role.ToolTipBase: colors.raised, role.ToolTipText: colors.text,
        role.Highlight: colors.accent_fill, role.HighlightedText: colors.accent_on, role.Link: colors.accent,
        role.LinkVisited: colors.accent, role.PlaceholderText: colors.text3, role.Accent: colors.accent,
        role.Light: colors.raised, role.Midlight: colors.line, role.Mid: colors.line2, role.Dark: colors.line2,
        role.Shadow: colors.window,
    }  # fmt: skip
    for name, color in table.items():
        made.setColor(name, color)
    faint = mix(colors.text3, colors.panel, 0.45)
    for name in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        made.setColor(QPalette.ColorGroup.Disabled, name, faint)
    made.setColor(QPalette.ColorGroup.Disabled, role.Highlight, colors.line2)
    return made


_SHEET = """
QToolTip { background: $raised; color: $text; border: 1px solid $line2; border-radius: 6px; padding: 4px 6px; }
QMenu { background: $raised; border: 1px solid $line2; border-radius: 8px; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 8px; border-radius: 6px; color: $text; }
QMenu::item:selected { background: $hover; }
QMenu::item:disabled { color: $faint; }
QMenu::separator { height: 1px; background: $line; margin: 4px 8px; }
QMenu::icon { padding-left: 6px; }
QLineEdit, QPlainTextEdit, QSpinBox, QComboBox { background: $field; color: $text; border: 1px solid $line;
    border-radius: 6px;
    padding: 0 8px; min-height: 26px; selection-background-color: $accent_fill; selection-color: $accent_on; }
QSpinBox QLineEdit { background: transparent; border: none; }
QSpinBox::up-button, QSpinBox::down-button { width: 0; height: 0; border: none; }
QLineEdit#name { background: transparent; color: $text2; border: 1px solid transparent; padding: 0; min-height: 18px;
    margin-left: -3px; }
QLineEdit#name:hover:!read-only { border-color: $line2; }
QLineEdit#name:focus { border-color: $accent; color: $text; }
QLineEdit#bare { background: transparent; border: none; min-height: 44px; }
QLineEdit#search { min-height: 30px; }
QLineEdit:hover, QSpinBox:hover, QComboBox:hover { border-color: $line2; }
QLineEdit:focus, QPlainTextEdit:focus, QSpinBox:focus, QComboBox:focus { border: 1px solid $accent; }
QComboBox::drop-down { border: none; width: 0; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line2; border-radius: 8px; padding: 4px;
    outline: none; selection-background-color: $hover; selection-color: $text; }
QPushButton { background: $panel; color: $text; border: 1px solid $line2; border-radius: 6px; padding: 0 12px;
    min-height: 26px; }
QPushButton#field { background: $field; border-color: $line; text-align: left; }
QPushButton:hover { background: $hover; }
QPushButton:focus { border-color: $accent; }
QPushButton:default, QPushButton[primary="true"] { background: $accent_fill; color: $accent_on;
    border-color: $accent_fill; }
QPushButton:disabled { color: $faint; border-color: $line; background: $panel; }
QToolButton { background: transparent; color: $text2; border: 1px solid transparent; border-radius: 6px; padding: 0; }
QToolButton:hover, QToolButton:checked { background: $hover; }
QToolButton:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; width: 0; }
QScrollBar { background: transparent; border: none; margin: 0; }
QScrollBar:vertical { width: 8px; }
QScrollBar:horizontal { height: 8px; }
QScrollBar::handle { background: $line2; border-radius: 3px; min-height: 24px; min-width: 24px; margin: 1px; }
QScrollBar::handle:hover { background: $text3; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea { background: transparent; border: none; }
QSplitter::handle { background: $line; }
QLabel[role="quiet"] { color: $text2; }
QLabel[role="hint"] { color: $text3; }
QLabel[role="warn"] { color: $warn; }
QLabel[role="error"] { color: $error; }
"""


def style_sheet(colors: Tokens) -> str:
    """Radii, padding and scroll bars, which a palette cannot say."""
    sheet = _SHEET.replace("$faint", mix(colors.text3, colors.panel, 0.45).name())
    for name in sorted(CHROME, key=len, reverse=True):  # $text2 before $text
        sheet = sheet.replace("$" + name, getattr(colors, name).name())
    return sheet
