"""Help in a window of its own: a node type derived from its class, or all keyboard shortcuts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QTextBrowser, QVBoxLayout, QWidget

from app import theme
from app.panels.editors import range_of
from graphs.language import tr
from graphs.shapes import kind_words
from graphs.spec import NodeType, Port, field_extra


def node_page(kind: type[NodeType]) -> str:
    """Everything the class says about itself, as rich text."""
    parts = [f"<h2>{escape(tr(kind.title))}</h2>", f"<p class='hint'>{escape(tr(kind.family.value))}</p>"]
    parts += [f"<p>{escape(text)}</p>" for text in tr(kind.described()).replace("`", "").split("\n\n")]
    if kind.equation:
        lines = "<br/>".join(escape(line) for line in tr(kind.equation).split("\n"))
        parts.append(f"<p><i>{lines}</i></p>")
    parts += _ports(tr("Inputs"), kind.inputs)
    parts += _ports(tr("Outputs"), kind.outputs)
    if kind.model_fields:
        parts.append(f"<h3>{escape(tr('Parameters'))}</h3>")
        for name, info in kind.model_fields.items():
            extra = field_extra(info)
            words = range_of(info).words() if extra.get("widget") in ("whole", "number") else ""
            options = ", ".join(tr(option) for option in extra.get("options", {}).values())
            about = " · ".join(part for part in (words, options) if part)
            parts.append(
                f"<p><b>{escape(tr(info.title or name))}</b>&nbsp; <span class='hint'>{escape(about)}</span><br/>"
                f"{escape(tr(info.description or ''))}</p>"
            )
    if kind.source:
        parts.append(f"<p class='hint'>{escape(tr(kind.source))}</p>")
    return "".join(parts)


def _ports(title: str, ports: Sequence[Port]) -> list[str]:
    if not ports:
        return []
    lines = [
        f"<b>{escape(port.name)}</b>&nbsp; <span class='hint'>{escape(kind_words(port.kind))}"
        f"{' · ' + escape(tr('optional')) if port.optional else ''}</span><br/>{escape(tr(port.help))}"
        for port in ports
    ]
    return [f"<h3>{escape(title)}</h3>", *(f"<p>{line}</p>" for line in lines)]


def first_page() -> str:
    """What a beginner needs to know, in five lines."""
    lines = (
        tr("Drag nodes from the palette to the canvas, or press Tab there and type what you want."),
        tr("Drag from a port to another to wire them. Ports that do not fit turn grey and say why."),
        tr("What is wrong is said on the node, in the inspector and in the list at the lower left, each with a cure."),
        tr("Press Run (F5). The pace is yours: Lesson stretches a run so that you can watch it."),
        tr("Everything can be undone. Graphs are JSON files; what is not saved survives a crash."),
        tr("F1 on a selected node explains it. ? lists all keys. Ctrl+K finds every command."),
    )
    return f"<h2>{escape(tr('How Hourglass works'))}</h2>" + "".join(f"<p>{escape(line)}</p>" for line in lines)


def about_page(version: str) -> str:
    """Name, version, licences."""
    lines = (
        tr("Version {version}", version=version),
        tr("Build neural networks by wiring nodes, and watch them learn."),
        tr("Type: Inter by The Inter Project Authors, SIL Open Font License 1.1."),
    )
    return "<h2>Hourglass</h2>" + "".join(f"<p>{escape(line)}</p>" for line in lines)


def sheet_page(groups: Mapping[str, Sequence[tuple[str, str]]]) -> str:
    """The shortcut sheet as rich text: one table a menu."""
    parts = [f"<h2>{escape(tr('Keyboard shortcuts'))}</h2>"]
    for title, lines in groups.items():
        rows = "".join(
            f"<tr><td width='260'>{escape(words)}</td><td><b>{escape(keys)}</b></td></tr>" for words, keys in lines
        )
        parts.append(f"<h3>{escape(title)}</h3><table cellspacing='0' cellpadding='3'>{rows}</table>")
    return "".join(parts)


class HelpWindow(QWidget):
    """A page to read; Esc closes it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Tool)
        self.setWindowTitle(tr("Help"))
        self.page = QTextBrowser()
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setOpenLinks(False)
        self._html = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 12, 8, 12)
        column.addWidget(self.page)
        self.resize(440, 560)
        theme.events().changed.connect(self._show)

    def show_page(self, html: str) -> None:
        """Opens with this page."""
        self._html = html
        self._show()
        self.show()
        self.raise_()
        self.activateWindow()

    def _show(self) -> None:
        colors = theme.tokens()
        self.page.document().setDefaultFont(theme.font(13))
        self.page.document().setDefaultStyleSheet(
            f"h2 {{ font-size: 17px; color: {colors.text.name()}; margin: 14px 0 2px 0; }}"
            f"h3 {{ font-size: 13px; color: {colors.text.name()}; margin: 16px 0 4px 0; }}"
            f"p, td {{ color: {colors.text2.name()}; margin: 4px 0; }} b, i {{ color: {colors.text.name()}; }}"
            f".hint {{ color: {colors.text3.name()}; }}"
        )
        self.page.setHtml(self._html)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme.tokens().panel)


