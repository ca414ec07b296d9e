"""What PyTorch minimises: parameters and the loss of a batch, for each kind of work."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.benchmarks.works import BETA, CONTRACTION, MASKED, RHO, Work

ACTIVATIONS = {"sigmoid": torch.sigmoid, "relu": torch.relu, "tanh": torch.tanh}


class Objective(NamedTuple):
    """Parameters, and what they are to make small: `loss(x, label)`. `code` is the hidden layer of an autoencoder."""

    parameters: list[Tensor]
    loss: Callable[[Tensor, Tensor], Tensor]
    code: Callable[[Tensor], Tensor] | None = None


def objective_of(work: Work) -> Objective:
    """The objective of any kind but the stacked one, whose stages have one each."""
    kinds = {"sparse": sparse, "denoising": denoising, "contractive": contractive}
    return kinds[work.kind](work) if work.kind in kinds else (side_by_side if work.seeds > 1 else dense)(work)


def dense(work: Work) -> Objective:
    """A chain of linear layers."""
    layers = [nn.Linear(left, right) for left, right in zip(work.widths[:-1], work.widths[1:], strict=True)]
    activation = ACTIVATIONS[work.hidden]

    def loss(x: Tensor, label: Tensor) -> Tensor:
        made = x
        for layer in layers[:-1]:
            made = activation(layer(made))
            if work.dropout:
                made = functional.dropout(made, work.dropout)
        made = layers[-1](made)
        return functional.cross_entropy(made, label) if work.classes else ((made - x) ** 2).sum() / len(x)

    return Objective([array for layer in layers for array in layer.parameters()], loss)


def side_by_side(work: Work) -> Objective:
    """All seeds as one network whose products are batches of products."""
    layers = [nn.Linear(left, right) for _ in range(work.seeds)
              for left, right in zip(work.widths[:-1], work.widths[1:], strict=True)]
    depth = len(work.widths) - 1
    weights = [nn.Parameter(torch.stack([layer.weight.detach().T for layer in layers[place::depth]])) for place in range(depth)]
    biases = [nn.Parameter(torch.stack([layer.bias.detach()[None] for layer in layers[place::depth]])) for place in range(depth)]
    activation = ACTIVATIONS[work.hidden]

    def loss(x: Tensor, label: Tensor) -> Tensor:
        made = x.expand(work.seeds, -1, -1)
        for place, (w, b) in enumerate(zip(weights, biases, strict=True)):
            made = torch.baddbmm(b, made, w)
            made = activation(made) if place < depth - 1 else made
        return functional.cross_entropy(made.flatten(0, 1), label.repeat(work.seeds), reduction="sum") / len(x)

    return Objective([*weights, *biases], loss)


def sparse(work: Work) -> Objective:
    """A linear decoder, and the divergence of the batch's mean activities from ρ."""
    encoder, decoder = nn.Linear(*work.widths[:2]), nn.Linear(*work.widths[1:])

    def loss(x: Tensor, label: Tensor) -> Tensor:
        code = torch.sigmoid(encoder(x))
        mean = code.mean(0)
        divergence = RHO * torch.log(RHO / mean) + (1 - RHO) * torch.log((1 - RHO) / (1 - mean))
        return ((decoder(code) - x) ** 2).sum() / len(x) + BETA * divergence.sum()

    return Objective([*encoder.parameters(), *decoder.parameters()], loss)


def denoising(work: Work) -> Objective:
    """Tied weights and cross-entropy, from an input of which some is masked."""
    encoder, bias = nn.Linear(*work.widths[:2]), nn.Parameter(torch.zeros(work.widths[2]))

    def loss(x: Tensor, label: Tensor) -> Tensor:
        code = torch.sigmoid(encoder(x * (torch.rand_like(x) >= MASKED)))
        logits = functional.linear(code, encoder.weight.t(), bias)
        return functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)

    return Objective([*encoder.parameters(), bias], loss)


def contractive(work: Work) -> Objective:
    """Tied weights and cross-entropy, and the squared norm of the code's Jacobian."""
    encoder, bias = nn.Linear(*work.widths[:2]), nn.Parameter(torch.zeros(work.widths[2]))

    def loss(x: Tensor, label: Tensor) -> Tensor:
        code = torch.sigmoid(encoder(x))
        logits = functional.linear(code, encoder.weight.t(), bias)
        norm = ((code * (1 - code)) ** 2).mean(0) @ (encoder.weight**2).sum(1)
        return functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x) + CONTRACTION * norm

    return Objective([*encoder.parameters(), bias], loss)


def stacked_coder(width: int, units: int) -> Objective:
    """One autoencoder of a stack, with a linear decoder."""
    encoder, decoder = nn.Linear(width, units), nn.Linear(units, width)

    def loss(x: Tensor, label: Tensor) -> Tensor:
        return ((decoder(torch.sigmoid(encoder(x))) - x) ** 2).sum() / len(x)

    return Objective([*encoder.parameters(), *decoder.parameters()], loss, lambda x: torch.sigmoid(encoder(x)))


def stacked_top(work: Work, coders: list[Objective]) -> Objective:
    """A softmax on the last code; everything is trained."""
    top = nn.Linear(*work.widths[-2:])

    def loss(x: Tensor, label: Tensor) -> Tensor:
        made = x
        for coder in coders:
            made = coder.code(made)
        return functional.cross_entropy(top(made), label)

    return Objective([*(array for coder in coders for array in coder.parameters[:2]), *top.parameters()], loss)
