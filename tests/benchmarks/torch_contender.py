"""PyTorch as a good user writes it: modules, an index of each batch out of one tensor, the library's optimisers."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from tests.benchmarks.works import Work

ACTIVATIONS = {"sigmoid": nn.Sigmoid, "relu": nn.ReLU, "tanh": nn.Tanh}


def pytorch(work: Work, *, fused: bool = False, compiled: bool = False) -> Callable[[], None]:
    """Eager, with the fused form of the optimiser, or compiled."""
    if fused and work.optimizer == "adagrad" and work.ridge:
        raise NotImplementedError("no fused form")
    data, labels = torch.from_numpy(work.data()), torch.from_numpy(work.labels())
    epochs = [_epoch(work, data, labels, fused, compiled) for _ in range(work.seeds)]

    def run() -> None:
        for epoch in epochs:
            for _ in range(work.epochs):
                epoch()

    return run


def _epoch(work: Work, data: torch.Tensor, labels: torch.Tensor, fused: bool, compiled: bool) -> Callable[[], None]:
    layers: list[nn.Module] = []
    for left, right in zip(work.widths[:-1], work.widths[1:], strict=True):
        layers += [nn.Linear(left, right), ACTIVATIONS[work.hidden]()]
        layers += [nn.Dropout(work.dropout)] if work.dropout else []
    model = nn.Sequential(*layers[: -2 if work.dropout else -1])
    weights = [parameter for parameter in model.parameters() if parameter.ndim == 2]
    biases = [parameter for parameter in model.parameters() if parameter.ndim == 1]
    # weight_decay adds 2λw to the gradient: the penalty λ Σ w² without its computation
    groups = [{"params": weights, "weight_decay": 2 * work.ridge}, {"params": biases}]
    kind = {"adam": torch.optim.Adam, "adagrad": torch.optim.Adagrad, "sgd": torch.optim.SGD}[work.optimizer]
    optimizer = kind(groups if work.ridge else model.parameters(), lr=work.rate, fused=fused)
    cross_entropy = nn.CrossEntropyLoss()

    def step(x: torch.Tensor, label: torch.Tensor) -> None:
        optimizer.zero_grad(set_to_none=True)
        made = model(x)
        loss = cross_entropy(made, label) if work.classes else ((made - x) ** 2).sum() / len(x)
        loss.backward()
        optimizer.step()

    run = torch.compile(step) if compiled else step

    def epoch() -> None:
        order = torch.randperm(work.rows)
        for start in range(0, work.steps * work.batch, work.batch):
            rows = order[start : start + work.batch]
            run(data[rows], labels[rows])

    return epoch
