"""Speed, side by side with peers in one run. `python -m tests.benchmarks [WORK …] [CONTENDER …]`, `… answers`

works             what is trained: widths and batch sizes, kinds of networks
contenders        who takes part, and one of them in a process of its own
our_contender     Hourglass: the graph of each kind of network, and the machine that trains it
torch_contender   PyTorch: a step of any work, eager or compiled; torch_objectives says what is minimised
jax_contender     JAX: whole epochs in a jitted scan; jax_objectives says what is minimised
sklearn_contender what scikit-learn has of it
__main__          the referee: alternating rounds, medians, ratios to the fastest peer
answers           how soon the program answers, each figure beside its aim
window_answers    the same of the window: its start, and the longest turns of its events
"""
