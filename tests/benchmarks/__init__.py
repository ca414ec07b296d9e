"""Speed, side by side with peers in one run. `python -m tests.benchmarks [WORK …]`

works       what is trained: widths and batch sizes
contenders  one training step of each contender: Hourglass, PyTorch three ways, JAX, scikit-learn
__main__    the referee: alternating rounds, medians, ratios to the fastest peer
"""
