"""The table of everything that can be done: words, keys, icon, menu, when, and how."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu

from app import slow_motion, stage_plan, theme
from app.actions import Action, Entry, Gap, Submenu
from app.canvas import commands
from app.desk import Desk
from graphs import gallery
from graphs.language import LANGUAGES, marked, pick, tr

FILE, EDIT, GRAPH = marked("File"), marked("Edit"), marked("Graph")
RUN, VIEW, HELP = marked("Run"), marked("View"), marked("Help")

# Documents


def open_chosen(desk: Desk) -> None:
    """Asks for a file and opens it."""
    recent = desk.preferences.recent
    start = desk.session.path.parent if desk.session.path else recent[0].parent if recent else Path.home()
    path = desk.session.questions.file_to_open(start)
    if path is not None:
        desk.session.open(path)


def fill_recent(desk: Desk, menu: QMenu) -> None:
    """The files opened lately."""
    for path in desk.preferences.recent:
        words = f"{path.stem}   {path.parent}".replace("&", "&&")
        menu.addAction(words).triggered.connect(lambda _=False, path=path: desk.session.open(path))
    if menu.isEmpty():
        menu.addAction(tr("No files yet")).setEnabled(False)


def fill_lessons(desk: Desk, menu: QMenu) -> None:
    """The lesson graphs that ship."""
    for name in gallery.names():
        words = pick(gallery.load(name).title).replace("&", "&&")
        menu.addAction(words).triggered.connect(lambda _=False, name=name: desk.session.open_example(name))


# The graph


def undo_words(desk: Desk) -> str:
    text = desk.model.stack.undoText()
    return tr("Undo: {what}", what=text) if text else tr("Undo")


def redo_words(desk: Desk) -> str:
    text = desk.model.stack.redoText()
    return tr("Redo: {what}", what=text) if text else tr("Redo")


def run_words(desk: Desk) -> str:
    """What the big button does now."""
    return {"running": tr("Pause"), "paused": tr("Resume")}.get(desk.controller.state, tr("Run"))


def in_run(desk: Desk) -> bool:
    """Whether there is a run that could be stopped."""
    return desk.controller.state in ("running", "paused", "preparing")


def has_nodes(desk: Desk) -> bool:
    return bool(desk.model.document.nodes)


# Choices


def fill_theme(desk: Desk, menu: QMenu) -> None:
    """System, light, dark."""
    for mode, words in (("system", tr("Like the system")), ("light", tr("Light")), ("dark", tr("Dark"))):
        action = menu.addAction(words)
        action.setCheckable(True)
        action.setChecked(desk.preferences.theme == mode)
        action.triggered.connect(lambda _=False, mode=mode: setattr(desk.preferences, "theme", mode))


def fill_language(desk: Desk, menu: QMenu) -> None:
    """Every language in its own words."""
    for code, name in LANGUAGES.items():
        action = menu.addAction(name)
        action.setCheckable(True)
        action.setChecked(desk.preferences.language == code)
        action.triggered.connect(lambda _=False, code=code: setattr(desk.preferences, "language", code))


def turn_theme(desk: Desk) -> None:
    """From light to dark or back, whatever it was set to."""
    desk.preferences.theme = "light" if theme.tokens().dark else "dark"


def turn_still(desk: Desk) -> None:
    desk.preferences.still = not desk.preferences.still


def turn_wheel(desk: Desk) -> None:
    desk.preferences.wheel_scrolls = not desk.preferences.wheel_scrolls


# Commands of the canvas keep their words and keys where the canvas declares them

_EDIT = ("cut", "copy", "paste", "paste_wired", "duplicate", "duplicate_wired", "delete", "dissolve", "select_all")
_GRAPH = ("search", "connect", "rename", "bypass", "collapse", "frame", "arrange", "snap")
_VIEW = ("see_data", "fit", "fit_all", "whole", "zoom_in", "zoom_out", "wire_view")


def from_canvas(names: tuple[str, ...], menu: str) -> list[Entry]:
    """Actions for commands of the canvas. Keys without Ctrl stay with the canvas, so that letters can be typed."""
    return [_from_canvas(commands.BY_NAME[name], menu) for name in names]


def _from_canvas(command: commands.Command, menu: str) -> Action:
    return Action(
        id=command.name,
        text=command.words,
        menu=menu,
        run=lambda desk: commands.run(desk.view, command.name),
        keys=command.keys,
        icon=command.icon,
        enabled_when=lambda desk: command.enabled(desk.view),
        checked_when=(lambda desk: desk.view.snap) if command.name == "snap" else None,
        listens=bool(command.keys) and command.keys[0].startswith(("Ctrl", "F2")),
    )


TABLE: tuple[Entry, ...] = (
    Action("new", marked("New graph"), FILE, lambda desk: desk.session.new(), ("Ctrl+N",), "new"),
    Action("open", marked("Open…"), FILE, open_chosen, ("Ctrl+O",), "open"),
    Submenu(FILE, marked("Open recent"), fill_recent),
    Submenu(FILE, marked("Lessons"), fill_lessons, "lesson"),
    Gap(FILE),
    Action("save", marked("Save"), FILE, lambda desk: desk.session.save(), ("Ctrl+S",), "save"),
    Action("save_as", marked("Save as…"), FILE, lambda desk: desk.session.save_as(), ("Ctrl+Shift+S",)),
    Gap(FILE),
    Action("quit", marked("Close the window"), FILE, lambda desk: desk.frame.close(), ("Ctrl+Q", "Ctrl+W")),
    Action("undo", marked("Undo"), EDIT, lambda desk: desk.model.stack.undo(), ("Ctrl+Z",), "undo",
           lambda desk: desk.model.stack.canUndo(), words=undo_words),
    Action("redo", marked("Redo"), EDIT, lambda desk: desk.model.stack.redo(), ("Ctrl+Y", "Ctrl+Shift+Z"), "redo",
           lambda desk: desk.model.stack.canRedo(), words=redo_words),
    Gap(EDIT),
    *from_canvas(_EDIT, EDIT),
    Gap(EDIT),
    Action("find", marked("Find in the graph…"), EDIT, lambda desk: desk.asides.open_finder(), ("Ctrl+F",), "search",
           has_nodes),
    *from_canvas(_GRAPH, GRAPH),
    Action("problems", marked("Problems"), GRAPH, lambda desk: desk.asides.open_problems(), ("Ctrl+Shift+M",), "warning"),
    Action("run", marked("Run"), RUN, lambda desk: desk.controller.toggle(), ("F5", "Ctrl+Return"), "play", words=run_words),
    Action("step", marked("One step"), RUN, lambda desk: desk.controller.step(), ("F10",), "step"),
    Action("slow", marked("Back-propagation in slow motion"), RUN,
           lambda desk: slow_motion.begin(desk, desk.frame.panels), ("Ctrl+F10",), "slow", has_nodes),
    Action("stop", marked("Stop"), RUN, lambda desk: desk.controller.stop(), ("Shift+F5",), "stop", in_run),
    Gap(RUN),
    Action("stages", marked("Stages of the run…"), RUN, lambda desk: stage_plan.begin(desk, desk.frame.panels), ("Ctrl+F9",),
           "layout", has_nodes),
    Action("several", marked("Train several…"), RUN, lambda desk: desk.asides.open_several(), ("Ctrl+F5",), "several", has_nodes),
    Gap(RUN),
    Action("reset", marked("Reset to the same first weights"), RUN, lambda desk: desk.controller.reset(), ("Ctrl+Shift+F5",),
           "reset"),
    Action("seed", marked("New first weights (new seed)"), RUN, lambda desk: desk.controller.new_seed(), (), "seed"),
    *from_canvas(_VIEW, VIEW),
    Gap(VIEW),
    Action("palette", marked("Palette"), VIEW, lambda desk: desk.frame.toggle_panel("palette"), ("Ctrl+B",), "panel-left",
           checked_when=lambda desk: desk.frame.shown().palette),
    Action("live", marked("Live views"), VIEW, lambda desk: desk.frame.toggle_panel("live"), ("Ctrl+J",), "panel-bottom",
           checked_when=lambda desk: desk.frame.shown().live),
    Action("inspector", marked("Inspector"), VIEW, lambda desk: desk.frame.toggle_panel("inspector"), ("Ctrl+I",),
           "panel-right", checked_when=lambda desk: desk.frame.shown().inspector),
    Action("canvas_only", marked("Canvas only"), VIEW, lambda desk: desk.frame.toggle_canvas_only(), ("F11",), "expand"),
    Gap(VIEW),
    Submenu(VIEW, marked("Theme"), fill_theme, "moon"),
    Submenu(VIEW, marked("Language"), fill_language, "language"),
    Action("theme", marked("Light or dark"), "", turn_theme, (), "moon"),
    Action("still", marked("Reduce motion"), VIEW, turn_still, checked_when=lambda desk: desk.preferences.still),
    Action("wheel", marked("Wheel scrolls instead of zooming"), VIEW, turn_wheel,
           checked_when=lambda desk: desk.preferences.wheel_scrolls),
    Gap(VIEW),
    Action("terrain", marked("Terrain: optimisers on test surfaces…"), VIEW, lambda desk: desk.asides.open_terrain(), (),
           "lesson"),
    Action("help", marked("Help"), HELP, lambda desk: desk.asides.open_help(), ("F1",), "help"),
    Action("sheet", marked("Keyboard shortcuts"), HELP, lambda desk: desk.asides.open_sheet(), ("?",), "keyboard"),
    Action("commands", marked("All commands…"), HELP, lambda desk: desk.asides.open_commands(), ("Ctrl+K", "Ctrl+Shift+P"),
           "menu"),
    Action("about", marked("About Hourglass"), HELP, lambda desk: desk.asides.open_about(), (), "logo"),
)  # fmt: skip
