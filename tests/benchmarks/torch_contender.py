"""PyTorch as a good user writes it: an index of each batch out of one tensor, the library's functions and optimisers."""

from __future__ import annotations

from collections.abc import Callable

import torch

from tests.benchmarks.torch_objectives import Objective, objective_of, stacked_coder, stacked_top
from tests.benchmarks.works import Work

OPTIMIZERS = {"adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad, "sgd": torch.optim.SGD}


def pytorch(work: Work, *, fused: bool = False, compiled: bool = False) -> Callable[[], None]:
    """Eager, with the fused form of the optimiser, or compiled."""
    if fused and work.optimizer == "adagrad" and work.ridge:
        raise NotImplementedError("no fused form")
    if work.kind == "stacked":
        return _stacked(work, fused, compiled)
    data, labels = torch.from_numpy(work.data()), torch.from_numpy(work.labels())
    train = _trainer(work, objective_of(work), fused, compiled)
    return lambda: [train(data, labels) for _ in range(work.epochs)] and None


def _trainer(work: Work, objective: Objective, fused: bool, compiled: bool) -> Callable[..., None]:
    """What trains one epoch on samples and labels."""
    weights = [array for array in objective.parameters if array.ndim > 1]
    biases = [array for array in objective.parameters if array.ndim == 1]
    # weight_decay adds 2λw to the gradient: the penalty λ Σ w² without its computation
    groups = [{"params": weights, "weight_decay": 2 * work.ridge}, {"params": biases}]
    optimizer = OPTIMIZERS[work.optimizer](groups if work.ridge else objective.parameters, lr=work.rate, fused=fused)

    def step(x: torch.Tensor, label: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        objective.loss(x, label).backward()
        optimizer.step()

    run = torch.compile(step) if compiled else step

    def epoch(data: torch.Tensor, labels: torch.Tensor) -> None:
        order = torch.randperm(work.rows)
        for start in range(0, work.steps * work.batch, work.batch):
            rows = order[start : start + work.batch]
            run(data[rows], labels[rows])

    return epoch


def _stacked(work: Work, fused: bool, compiled: bool) -> Callable[[], None]:
    """Autoencoder after autoencoder, each on the codes of the one before, then all of it with a softmax on top."""
    data, labels = torch.from_numpy(work.data()), torch.from_numpy(work.labels())
    hidden = list(zip(work.widths[:-2], work.widths[1:-1], strict=True))
    coders = [stacked_coder(left, right) for left, right in hidden]
    top = stacked_top(work, coders)
    stages = [_trainer(work, objective, fused, compiled) for objective in (*coders, top)]

    def run() -> None:
        codes = data
        for stage, coder in zip(stages, (*coders, None), strict=True):
            x = codes if coder else data
            for _ in range(work.stage_epochs):
                stage(x, labels)
            if coder:
                with torch.no_grad():
                    codes = coder.code(codes)

    return run
