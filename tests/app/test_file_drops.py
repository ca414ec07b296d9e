"""Files and folders on the canvas: which node they become, and how a missing one is found again."""

import struct

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QPushButton

from app.file_drops import reader_of
from engine.nodes import CATALOG
from graphs.document import Document, Node
from tests.app.window_kit import make_window


@pytest.fixture
def data(tmp_path):
    """One of each kind."""
    (tmp_path / "a.csv").write_text("a,b\n1,2.5\n3,4.5\n")
    (tmp_path / "a.data").write_text("1,2.5\n3,4.5\n")
    (tmp_path / "a.TSV").write_text("a\tb\n1\t2.5\n3\t4.5\n")
    np.save(tmp_path / "a.npy", np.ones((3, 2)))
    (tmp_path / "train-images-idx3-ubyte").write_bytes(struct.pack(">IIII", 2051, 2, 2, 2) + bytes(8))
    (tmp_path / "a.txt").write_text("to be or not to be, " * 9)
    (tmp_path / "pictures" / "rose").mkdir(parents=True)
    Image.new("L", (4, 4)).save(tmp_path / "pictures" / "rose" / "a.png")
    return tmp_path


KINDS = {"a.csv": "table", "a.data": "table", "a.TSV": "table", "a.npy": "array_file", "a.txt": "text_characters",
         "train-images-idx3-ubyte": "array_file", "pictures": "image_folder"}  # fmt: skip


def test_every_kind_of_file_becomes_the_node_that_reads_it(qtbot, data):
    window = make_window(qtbot, data)
    for place, name in enumerate(KINDS):
        window.content.view.file_dropped.emit(str(data / name), QPointF(0, 200 * place))
    nodes = window.model.document.nodes.values()
    assert [node.type for node in nodes] == list(KINDS.values())
    assert [node.parameters.get("file") or node.parameters.get("folder") for node in nodes] == list(KINDS)
    assert all((node.id, CATALOG.get(node.type).outputs[0].name) in window.model.checked.outputs for node in nodes)
    for _ in KINDS:
        window.model.stack.undo()
    assert not window.model.document.nodes


def test_what_no_node_reads_is_said(qtbot, data):
    (data / "a.bin").write_bytes(bytes(100))
    assert reader_of(data / "a.bin", CATALOG) is None
    window = make_window(qtbot, data)
    window.content.view.file_dropped.emit(str(data / "a.bin"), QPointF())
    assert not window.model.document.nodes
    assert window.content.notices.cards()[-1].title.text() == "No node reads “a.bin”"


@pytest.mark.parametrize(("named", "words"), [("lost.csv", "There is no file"), ("../a.csv", "outside"),
                                              ("/a.csv", "absolute")])  # fmt: skip
def test_a_missing_file_is_located_by_the_keyboard_and_undone(qtbot, data, named, words):
    window = make_window(qtbot, data)
    window.model.open(Document({"table1": Node("table1", "table", {"file": named})}), data)
    panel = window.content.asides.problems
    panel.show()
    panel.show_checked(window.model.checked)
    row = next(row for row in panel.problem_rows() if words in row.problem.text)
    button = next(button for button in row.findChildren(QPushButton) if button.text() == "Locate…")
    button.setFocus()
    window.session.questions.waiting["data_to_read"] = None
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert window.model.document.nodes["table1"].parameters["file"] == named
    window.session.questions.waiting["data_to_read"] = data / "a.csv"
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert window.model.document.nodes["table1"].parameters["file"] == "a.csv"
    assert ("table1", "features") in window.model.checked.outputs
    window.model.stack.undo()
    assert window.model.document.nodes["table1"].parameters["file"] == named


def test_a_folder_is_chosen_where_a_folder_is_wanted(qtbot, data):
    window = make_window(qtbot, data)
    window.model.apply("Add", Document({"images1": Node("images1", "image_folder")}))
    problem = window.model.checked.errors[0]
    assert problem.cures[0].text == "Choose…"
    window.session.questions.waiting["data_to_read"] = data / "pictures"
    window.model.cure(problem.cures[0])
    assert window.model.document.nodes["images1"].parameters["folder"] == "pictures"
    assert window.model.folder == data
