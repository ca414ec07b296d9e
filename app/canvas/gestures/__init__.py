"""One object for each drag, from press to release; each ends in one edit or in nothing.

gesture is what they share, choose says which one a press begins: pan, select_box, move_nodes, drag_wire, cut_wires,
drag_frames, drop_node.
"""
