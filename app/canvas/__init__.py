"""The canvas: nodes, wires and frames of one graph, drawn and edited.

Said as values: faces (what a node shows), geometry (where everything is), routing (wires around nodes), marks (what
mouse and keyboard point at), flows (strengths on wires), mismatches (`12 ≠ 10`), changes (what an edit touched),
targets (where a wire may end), building (edits put together), walking (arrow keys).
Drawn: painter (a node), sections (its small views), ports, wires, cards, shadows, lettering, distance (everything from
afar), guard (errors in painting).
Items: node_item, wire_item, frame_item, strip_item with strips (problems), walk_marks (slow motion); scene
mirrors the model into them.
Widgets: camera (pan and zoom) ← stage (mouse, keys, drops) ← view (the whole); overlays, minimap, search with offers,
title_editor, menu, hints, glide and pulse (motion). commands and keys say what can be done; hits finds what lies under the mouse;
gestures holds one object for each drag. render draws pictures without a window.
"""
