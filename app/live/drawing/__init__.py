"""Drawing by hand: data that are painted, and pictures that are only tried.

pen      a picture of few pixels, inked with a soft pen
points   points in the plane, sprayed or set one by one, over the decision map
digits   a stack of drawn digits beside the pen
choosing buttons of a pad: classes, brushes
pad      the pad over the canvas: opens on a node, turns every stroke into one undoable edit
"""
