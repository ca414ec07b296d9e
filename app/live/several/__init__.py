"""Several runs side by side: how far they are, and what they came to.

progress    the runs of a plan as far as they are known
bundle      their curves: every run thin, means and bands over seeds strong
strip       their end losses as dots, one column for each point of a sweep
multiples   decision maps or weights of their ends, small, side by side
"""
