"""The window's side of a training run.

    controller   run, pause, step, stop, reset; sends edits to the engine; survives the death of its process
    feed         what views read and what they want watched
    node_numbers from the feed to the small live numbers on nodes
    run_names    what a run is called beside others
"""
