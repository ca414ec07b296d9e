"""What is said when the mouse rests: a port's name, kind and shape; a node's type and its problems."""

from __future__ import annotations

from app.canvas.faces import Side
from app.canvas.hits import Hit
from app.canvas.scene import GraphScene
from graphs.language import tr
from graphs.shapes import kind_words


def words(scene: GraphScene, found: Hit) -> str:
    """The hint for what lies under the mouse, or nothing."""
    if found.port is not None:
        return _port(scene, found)
    if found.node:
        return _node(scene, found.node)
    if found.wire is not None:
        return "\n".join([str(found.wire), *(problem.text for problem in scene.model.checked.on(found.wire))])
    return ""


def _port(scene: GraphScene, found: Hit) -> str:
    ref = found.port
    face = scene.nodes[ref.node].face.port(ref.side, ref.name) if ref else None
    if ref is None or face is None:
        return ""
    known = scene.model.checked.outputs if ref.side is Side.OUTPUT else scene.model.checked.inputs
    shape = known.get((ref.node, ref.name))
    line = f"{ref.name}: {kind_words(face.kind)}" + (f", {shape}" if shape else "")
    return "\n".join(filter(None, [line, tr(face.help) if face.help else ""]))


def _node(scene: GraphScene, node: str) -> str:
    face = scene.nodes[node].face
    kind = scene.catalog.get(scene.model.document.nodes[node].type)
    title = f"{face.title} ({tr(kind.title)})" if kind and face.title != tr(kind.title) else face.title
    return "\n".join([title, *filter(None, [face.subtitle]), *(problem.text for problem in face.problems)])
