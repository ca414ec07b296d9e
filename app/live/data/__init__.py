"""The data of a node in a window of its own, without training: pages over a `engine.data.view.View`.

    viewer      the window: pages, parts, what was found, progress, saving
    findings    what was found in the data, with its cures
    page        the ground of every page; before and after side by side
    images      a grid of pictures with their classes
    table, table_model, row_filter   rows that can be sorted and filtered
    scatter     points in the plane: as they are, or on their principal axes
    histograms  how the values of each column lie
    sequences   one sequence at a time
    matrices    covariance matrices
    classes     how many samples each class has in each part
"""
