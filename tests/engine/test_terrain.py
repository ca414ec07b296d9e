"""The terrain: gradients against differences, paths against PyTorch, and what each surface is there to show."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize

from engine.optimizers import OPTIMIZERS
from engine.terrain import SURFACES, Saddle, Surface, Walk, heights, usual_rate

STEPS = 40
PEERS = {
    "sgd": ({"learning_rate": 0.01}, "SGD", {"lr": 0.01}),
    "momentum": ({"learning_rate": 0.01}, "SGD", {"lr": 0.001, "momentum": 0.9}),
    "adagrad": ({"learning_rate": 0.2}, "Adagrad", {"lr": 0.2}),
    "rmsprop": ({"learning_rate": 0.02, "epsilon": 1e-30}, "RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-15}),
    "adadelta": ({"learning_rate": 1.0}, "Adadelta", {"lr": 1.0}),
    "adam": ({"learning_rate": 0.1}, "Adam", {"lr": 0.1}),
    "adamw": ({"learning_rate": 0.1, "weight_decay": 0.1}, "AdamW", {"lr": 0.1, "weight_decay": 0.1}),
}


def walked(surface: type[Surface], name: str, steps: int = 300, noise: float = 0.0, **settings: float) -> Walk:
    kind = OPTIMIZERS[name]
    walk = Walk(surface, kind(**{"learning_rate": usual_rate(surface, kind), **settings}), surface.start, noise)
    for _ in range(steps):
        walk.step()
    return walk


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_gradients_are_those_of_the_heights(surface):
    left, right, bottom, top = surface.extent
    for x, y in np.random.default_rng(1).uniform((left, bottom), (right, top), (30, 2)):
        numeric = approx_fprime((x, y), lambda p: surface.value(*p), 1e-7)
        assert surface.slope(x, y) == pytest.approx(numeric, rel=1e-4, abs=2e-4)
    field = heights(surface, 41)
    assert field[0, -1] == pytest.approx(surface.value(right, bottom))
    assert field.min() >= surface.lowest - 1e-9
    assert left < surface.start[0] < right
    assert bottom < surface.start[1] < top


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
@pytest.mark.parametrize("name", PEERS)
def test_paths_equal_those_of_pytorch(surface, name):
    torch = pytest.importorskip("torch")
    mine, theirs, options = PEERS[name]
    scale = 0.02 if surface.name == "rosenbrock" and name in ("sgd", "momentum") else 1.0
    walk = walked(surface, name, STEPS, **{**mine, "learning_rate": mine["learning_rate"] * scale})
    w = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, theirs)([w], **{**options, "lr": options["lr"] * scale})
    path = [tuple(w.tolist())]
    for _ in range(STEPS):
        w.grad = torch.tensor(surface.slope(*w.tolist()), dtype=torch.float64)
        optimizer.step()
        path.append(tuple(w.tolist()))
    assert np.allclose(walk.points, path, rtol=1e-9, atol=1e-9)


def test_nesterov_is_pytorchs_seen_from_the_point_behind():
    torch = pytest.importorskip("torch")
    surface = SURFACES["valley"]
    walk = walked(surface, "nesterov", STEPS, learning_rate=0.05, damped=False)
    w = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.05, momentum=0.9, nesterov=True)
    for _ in range(STEPS):
        w.grad = torch.tensor(surface.slope(*w.tolist()), dtype=torch.float64)
        optimizer.step()
    ahead = 1.9 * np.array(walk.points[-1]) - 0.9 * np.array(walk.points[-2])
    assert np.allclose(ahead, w.detach().numpy(), atol=1e-9)


@pytest.mark.parametrize("surface", [SURFACES[name] for name in ("valley", "rosenbrock", "cliff")], ids=str)
def test_the_quasi_newton_method_is_at_the_bottom_soon(surface):
    walk = walked(surface, "lbfgs", 60)
    best = minimize(lambda p: surface.value(*p), surface.start, jac=lambda p: np.array(surface.slope(*p)),
                    method="L-BFGS-B")  # fmt: skip
    assert walk.height == pytest.approx(min(best.fun, walk.height), abs=1e-9)
    assert walk.height <= best.fun + 1e-9


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_usual_rates_lead_downhill_and_never_get_lost(surface, name):
    walk = walked(surface, name, 200)
    assert not walk.lost
    assert walk.height <= surface.value(*surface.start)


def test_noise_escapes_the_pass_that_holds_the_true_gradient():
    still, noisy = walked(Saddle, "sgd"), walked(Saddle, "sgd", noise=0.05)
    assert still.points[-1][1] == 0.0
    assert abs(still.height) < 1e-6
    assert noisy.height < -1.1
    assert walked(Saddle, "sgd", noise=0.05).points == noisy.points, "the same seed gives the same walk"


def test_a_rate_that_is_too_large_is_lost_and_stops():
    walk = walked(SURFACES["rosenbrock"], "sgd", 50, learning_rate=1.0)
    assert walk.lost
    assert all(np.isfinite(walk.points[-1]))
    count = len(walk.points)
    walk.step()
    assert len(walk.points) == count
