"""The window's side of a training run. What it shows to views is `app.feed`.

    controller   run, pause, step, stop, reset; sends edits to the engine; survives the death of its process
    several_runs several runs at once, beside the ordinary one
    node_numbers from the feed to the small live numbers on nodes
    run_names    what a run is called beside others
"""
