"""The terrain: what optimisers do on a surface over two weights.

ground      a field of heights as a quiet picture with contour lines
paths       the map: ground, walks on it, and the start that is dragged
rows        an optimiser a row: on or off, its colour, its rate, where it is
window      the terrain in a window of its own, with what can be set
loss_slice  the loss of the present network around its weights, as a card
"""
