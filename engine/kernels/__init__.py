"""What runs as machine code: plain functions over named arrays, and what they call. They run in Python as they stand, as
their own reference; nothing here knows numba, so that the window, which runs none of them, does without.

operand      the annotations that say what each argument of a kernel is
products     matrix products
elementary   exp, log, tanh, sigmoid
distances    sums over the difference of two arrays
philox       counter-based random words
draws        chances and normal numbers from random words
bookkeeping  fetching samples, guarding a step, adding up reports, statistics of layers
telemetry    how the numbers of a step enter the decimated history
"""
