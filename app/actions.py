"""What can be done in the window, made from one table: menus, shortcuts, buttons, sheet and command list."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QToolButton, QWidget

from app import icons
from app.panels.controls import make_menu
from graphs.language import marked, tr

if TYPE_CHECKING:
    from app.desk import Desk


WINDOW = marked("Window")


def always(_: Desk) -> bool:
    """For what can be done at any time."""
    return True


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `text` is untranslated; `menu` names the menu it stands in, empty for none.

    `listens` is False where the canvas takes the key itself, so that letters can be typed elsewhere.
    """

    id: str
    text: str
    menu: str
    run: Callable[[Desk], object]
    keys: tuple[str, ...] = ()
    icon: str = ""
    enabled_when: Callable[[Desk], bool] = always
    checked_when: Callable[[Desk], bool] | None = None
    words: Callable[[Desk], str] | None = None  # a text that depends on the state, such as “Undo Delete”
    listens: bool = True

    def text_now(self, desk: Desk) -> str:
        """The words at present, translated."""
        return self.words(desk) if self.words else tr(self.text)

    def key_words(self) -> str:
        """The first key as the system writes it."""
        return key_name(self.keys[0]) if self.keys else ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A line between groups of a menu."""

    menu: str


@dataclass(frozen=True, slots=True)
class Submenu:
    """A menu inside a menu that is filled whenever it opens."""

    menu: str
    text: str
    fill: Callable[[Desk, QMenu], None] = field(compare=False)
    icon: str = ""


Entry = Action | Gap | Submenu


@functools.lru_cache(maxsize=256)
def key_name(keys: str) -> str:
    """A key sequence as the system writes it: `Ctrl+Z`, on macOS `⌘Z`."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


class ActionTable(QObject):
    """Qt's side of the table for one window."""

    def __init__(self, entries: Iterable[Entry], desk: Desk, window: QWidget) -> None:
        super().__init__(window)
        self.entries, self.desk, self.window = tuple(entries), desk, window
        self.by_id = {entry.id: entry for entry in self.entries if isinstance(entry, Action)}
        self._made = {entry.id: self._make(entry) for entry in self.by_id.values()}
        self.refresh()

    def __getitem__(self, name: str) -> QAction:
        return self._made[name]

    def _make(self, entry: Action) -> QAction:
        action = QAction(tr(entry.text), self.window)
        action.setObjectName(entry.id)
        if entry.icon:
            action.setIcon(icons.icon(entry.icon))
        if entry.keys and entry.listens:
            action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(entry.checked_when is not None)
        action.setIconVisibleInMenu(entry.checked_when is None)  # there the tick has its place
        action.triggered.connect(lambda: self.run(entry.id))
        self.window.addAction(action)
        return action

    def run(self, name: str) -> None:
        """Does it, if it can be done now. What is half typed somewhere is taken over first."""
        entry = self.by_id[name]
        typed = QApplication.focusWidget()
        commit = getattr(typed, "commit", None)
        if commit is not None:
            commit()
        if entry.enabled_when(self.desk):
            entry.run(self.desk)
        self.refresh()

    def refresh(self) -> None:
        """Brings words, ticks and greyness up to date."""
        for name, action in self._made.items():
            entry = self.by_id[name]
            words = entry.text_now(self.desk)
            shown = words if entry.listens or not entry.keys else f"{words}\t{entry.key_words()}"
            if action.text() != shown:
                action.setText(shown)
            keys = entry.key_words()
            action.setToolTip(f"{words} ({keys})" if keys else words)
            action.setEnabled(entry.enabled_when(self.desk))
            if entry.checked_when is not None:
                action.setChecked(entry.checked_when(self.desk))

    def menus(self) -> list[str]:
        """The names of the menus in order."""
        return list(dict.fromkeys(entry.menu for entry in self.entries if entry.menu))

    def fill(self, menu: QMenu, name: str) -> QMenu:
        """Puts one menu's entries into a menu."""
        for entry in self.entries:
            if entry.menu != name:
                continue
            if isinstance(entry, Gap):
                menu.addSeparator()
            elif isinstance(entry, Submenu):
                self._add_submenu(menu, entry)
            else:
                menu.addAction(self._made[entry.id])
        return menu

    def _add_submenu(self, menu: QMenu, entry: Submenu) -> None:
        inner = make_menu(menu)
        inner.setTitle(tr(entry.text))
        menu.addMenu(inner)
        if entry.icon:
            inner.setIcon(icons.icon(entry.icon))

        def fill() -> None:
            inner.clear()
            entry.fill(self.desk, inner)

        inner.aboutToShow.connect(fill)
        fill()

    def all_in_one(self, parent: QWidget) -> QMenu:
        """Every menu as a part of one: what the hamburger opens."""
        self.refresh()
        menu = make_menu(parent)
        for name in self.menus():
            inner = self.fill(make_menu(menu), name)
            inner.setTitle(tr(name))
            menu.addMenu(inner)
        return menu

    def sheet(self) -> dict[str, list[tuple[str, str]]]:
        """For the shortcut sheet: menu → (words, keys) of everything that has keys."""
        found: dict[str, list[tuple[str, str]]] = {}
        for entry in self.by_id.values():
            if entry.keys:
                keys = "   ".join(key_name(keys) for keys in entry.keys)
                found.setdefault(tr(entry.menu or WINDOW), []).append((tr(entry.text), keys))
        return found

    def commands(self) -> list[tuple[Action, str, bool]]:
        """For the command list: each action, its words at present, and whether it can be done now."""
        return [(entry, entry.text_now(self.desk), entry.enabled_when(self.desk)) for entry in self.by_id.values()]

    def button(self, button: QToolButton, name: str) -> QToolButton:
        """Makes a tool button do an action, with its icon, greyness and tooltip."""
        button.setDefaultAction(self._made[name])
        button.setAccessibleName(tr(self.by_id[name].text))
        return button
