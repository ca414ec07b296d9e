"""The kinds of autoencoders: each against PyTorch's autograd, textbook figures, or what its rows in the lectures say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.ops.sparsity import MeanActivity, RunningActivity
from tests.engine.autoencoder_kit import DIGITS, coded, equals_pytorch, of_kind, passed
from tests.engine.kernel_calls import compiled
from tests.engine.small_networks import checked, document, machine

# A5


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_the_sparse_objective_is_that_of_the_lecture(activation: str) -> None:
    """E + β Σ KL(ρ‖ρ̂), with the batch's own means (λ = 0)."""
    torch = pytest.importorskip("torch")
    made = machine(of_kind("sparse_autoencoder", {"units": 7, "activation": activation, "memory": 0.0, "strength": 0.7,
                                                  "rho": 0.2}, batch_size=9), np.float64)

    def objective(x: Any, w: dict[str, Any]) -> Any:
        h, error = coded(x, w, getattr(torch, activation))
        mean = (h if activation == "sigmoid" else (1 + h) / 2).mean(0)
        return error + 0.7 * (0.2 * (0.2 / mean).log() + 0.8 * (0.8 / (1 - mean)).log()).sum()

    equals_pytorch(made, objective)
    figures = made.losses()
    assert figures["loss"] == pytest.approx(figures["loss/ae"] + 0.7 * figures["penalty/ae"])
    assert figures["loss_without_penalties"] == pytest.approx(figures["loss/ae"])


def test_the_l1_form_for_any_code() -> None:
    torch = pytest.importorskip("torch")
    made = machine(of_kind("sparse_autoencoder", {"units": 7, "form": "l1", "activation": "softplus", "strength": 0.3},
                           batch_size=9), np.float64)

    def objective(x: Any, w: dict[str, Any]) -> Any:
        h, error = coded(x, w, torch.nn.functional.softplus)
        return error + 0.3 * h.abs().sum(1).mean()

    equals_pytorch(made, objective)


def test_the_mean_activity_runs_as_the_lecture_says() -> None:
    """The first batch's means begin it; then λ of the old and 1 − λ of the new. Errors take the whole derivative."""
    rng = np.random.default_rng(0)
    running, mean, y, dx, back = np.zeros(3), np.empty(3), np.full(3, np.nan), np.full((4, 3), np.nan), np.full(3, np.nan)
    activity, runs, wanted = MeanActivity(low=-1.0, span=2.0), RunningActivity(memory=0.75), None
    for _ in range(5):
        x = np.tanh(rng.normal(size=(4, 3)))
        compiled(activity.forward, {"x": x, "y": mean, **activity.attributes})
        compiled(runs.forward, {"x": mean, "running": running, "y": y, **runs.attributes})
        means = ((1 + x) / 2).mean(0)
        wanted = means if wanted is None else 0.75 * wanted + 0.25 * means
        np.testing.assert_allclose(running, wanted, rtol=1e-14)
        np.testing.assert_allclose(y, wanted, rtol=1e-14)
    dy = rng.normal(size=3)
    compiled(runs.gradient("x"), {"dy": dy, "dx": back, **runs.attributes})
    compiled(activity.gradient("x"), {"x": x, "dy": back, "dx": dx, **activity.attributes})
    np.testing.assert_allclose(dx, np.broadcast_to(dy / 8, (4, 3)))


def test_a_batch_that_is_not_finite_leaves_the_running_mean_alone() -> None:
    running, y = np.array([0.2, 0.3]), np.full(2, np.nan)
    compiled(RunningActivity.forward, {"x": np.array([np.nan, 0.5]), "running": running, "y": y, "memory": 0.5})
    assert np.isnan(y[0])
    np.testing.assert_allclose(running, [0.2, 0.4])


def test_running_means_are_saved_taken_back_and_not_touched_by_validation() -> None:
    doc = of_kind("sparse_autoencoder", {"units": 5}, batch_size=50)
    made = machine(doc)
    made.run(40)
    state = made.state()
    assert state["buffer/ae/activity"].shape == (5,)
    assert (state["buffer/ae/activity"] > 0).all()
    made.evaluate(made.dataset.validation)
    assert made.state()["buffer/ae/activity"].tobytes() == state["buffer/ae/activity"].tobytes()
    made.run(30)
    other = machine(doc, seed=4)
    other.restore(state)
    other.run(30)
    for name, array in made.state().items():
        assert array.tobytes() == other.state()[name].tobytes(), name


def test_lbfgs_walks_down_the_sparse_objective() -> None:
    made = machine(of_kind("sparse_autoencoder", {"units": 5}, optimizer="lbfgs", validation_share=0.0))
    losses = []
    for _ in range(12):
        made.run(2)
        losses.append(made.losses()["loss"])
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < 0.55 * losses[0]


def test_units_come_as_near_to_the_wanted_activity_as_the_strength_asks() -> None:
    """A5: each ρ̂ goes to ρ when β is large, and hardly moves when it is small."""
    spread = {}
    for strength in (0.001, 3.0):
        made = machine(of_kind("sparse_autoencoder", {"units": 20, "rho": 0.1, "strength": strength}, epochs=0))
        made.run(1500)
        spread[strength] = np.abs(made.state()["buffer/ae/activity"] - 0.1).max()
    assert spread[3.0] < 0.02
    assert spread[0.001] > 0.2


def test_a_code_without_bounds_has_two_cures() -> None:
    from engine.nodes import CATALOG
    from graphs.checks import check

    doc = of_kind("sparse_autoencoder", {"activation": "relu"})
    (problem,) = check(doc, CATALOG).errors
    assert {cure.text for cure in problem.cures} >= {"Use Sigmoid instead", "Use Small (L1) instead"}
    for cure in problem.cures:
        assert not check(cure.edit(doc), CATALOG).errors


# A6


def test_the_denoising_loss_asks_for_the_clean_sample() -> None:
    """With masks that take everything away, the best the network can do is the mean of the clean samples."""
    made = machine(of_kind("denoising_autoencoder", {"units": 4, "noise": "masking", "share": 1.0}, learning_rate=0.02,
                           batches="whole", validation_share=0.0), np.float64)
    made.run(1500)
    x = made.dataset.columns[("digits", "pixels")].values.astype(float)
    assert made.losses()["loss"] == pytest.approx(x.var(0).sum(), rel=1e-4)


@pytest.mark.parametrize(("noise", "spoiler"), [
    ({"noise": "gaussian", "sigma": 0.4}, ("noise", {"sigma": 0.4})),
    ({"noise": "masking", "share": 0.4}, ("noise", {"kind": "masking", "share": 0.4}))])
def test_use_sees_clean_samples_and_shows_spoilt_ones(noise: dict[str, Any], spoiler: Any) -> None:
    made = machine(of_kind("denoising_autoencoder", {"units": 16, **noise}))
    made.run(300)
    x = made.dataset.columns[("digits", "pixels")].values[:200]
    keys = [("ae", name) for name in ("code", "reconstruction", "corrupted", "restored")]
    first = made.forward({("digits", "pixels"): x}, keys)
    made.run(1)
    moved = made.forward({("digits", "pixels"): x}, keys)
    change = first[keys[2]] - x
    if "sigma" in noise:
        assert change.std() == pytest.approx(0.4, rel=0.02)
    else:
        assert (change != 0).mean() == pytest.approx(0.4 * (x != 0).mean(), rel=0.05)
    assert (first[keys[2]] != moved[keys[2]]).any(), "noise is fresh in each step"
    w = {name: made.parameter(f"ae/{name}") for name in ("encode.weight", "encode.bias", "decode.weight", "decode.bias")}
    for given, rebuilt in ((x, moved[keys[1]]), (moved[keys[2]], moved[keys[3]])):
        code = 1 / (1 + np.exp(-(given @ w["encode.weight"].T + w["encode.bias"])))
        np.testing.assert_allclose(rebuilt, code @ w["decode.weight"].T + w["decode.bias"], atol=2e-5)
    assert np.square(moved[keys[3]] - x).mean() < np.square(moved[keys[2]] - x).mean()


def test_stacked_denoising_takes_the_clean_code() -> None:
    """The code that goes on is that of the clean sample, in training too: the upper node learns as if it stood alone on
    clean codes, whatever noise the lower one draws."""
    nodes = {**DIGITS, "ae": ("denoising_autoencoder", {"units": 6, "sigma": 5.0}), "top": ("autoencoder", {"units": 3})}
    made = machine(document(nodes, "digits.pixels>ae.x ae.code>top.x", batch_size=8), np.float64)
    x = passed(made)
    code = 1 / (1 + np.exp(-(x @ made.parameter("ae/encode.weight").T + made.parameter("ae/encode.bias"))))
    upper = 1 / (1 + np.exp(-(code @ made.parameter("top/encode.weight").T + made.parameter("top/encode.bias"))))
    rebuilt = upper @ made.parameter("top/decode.weight").T + made.parameter("top/decode.bias")
    assert made.losses()["loss/top"] == pytest.approx(np.square(rebuilt - code).sum(1).mean(), rel=1e-12)


@pytest.mark.parametrize(("sigma", "best"), [(0.1, 1.6079374), (0.3, 2.0934863)])
def test_the_best_linear_denoiser_is_the_closed_form(sigma: float, best: float) -> None:
    """A linear one under Gaussian noise σ reaches Σᵢ≤ₖ λᵢσ²/(λᵢ+σ²) + Σᵢ>ₖ λᵢ (Bishop 1995) and no less."""
    made = machine(of_kind("denoising_autoencoder", {"units": 8, "activation": "identity", "sigma": sigma, "tied": True},
                           epochs=0, learning_rate=0.01, batch_size=64, validation_share=0.0, schedule="exponential",
                           time_constant=60.0))
    x = made.dataset.columns[("digits", "pixels")].values.astype(float)
    variances = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    kept = variances[:8]
    assert (kept * sigma**2 / (kept + sigma**2)).sum() + variances[8:].sum() == pytest.approx(best, abs=1e-6)
    made.run(8000)
    w = made.parameter("ae/encode.weight").astype(float)
    expected = made.evaluate(made.dataset.train)["loss"] + sigma**2 * np.square(w.T @ w).sum()
    assert best < expected < best * 1.005


# A8


@pytest.mark.parametrize(("activation", "tied"), [("sigmoid", False), ("tanh", False), ("softplus", False), ("relu", False),
                                                  ("identity", False), ("sigmoid", True)])
def test_the_contractive_penalty_is_the_jacobian_by_double_backward(activation: str, tied: bool) -> None:
    """‖∂f/∂x‖² from PyTorch's own Jacobian of the encoder, and its gradient through that."""
    torch = pytest.importorskip("torch")
    made = machine(of_kind("contractive_autoencoder", {"units": 5, "activation": activation, "strength": 0.4, "tied": tied},
                           batch_size=4), np.float64)
    bend = {"softplus": torch.nn.functional.softplus, "identity": lambda u: u}.get(activation) or getattr(torch, activation)

    def objective(x: Any, w: dict[str, Any]) -> Any:
        if tied:
            w = {**w, "decode.weight": w["encode.weight"].T}
        x.requires_grad_()
        h, error = coded(x, w, bend)
        rows = [torch.autograd.grad(h[:, j].sum(), x, create_graph=True)[0] for j in range(5)]
        return error + 0.4 * torch.stack(rows).square().sum() / len(x)

    equals_pytorch(made, objective)


def test_contraction_makes_codes_move_less() -> None:
    moves = {}
    for strength in (0.0, 1.0):
        made = machine(of_kind("contractive_autoencoder", {"units": 20, "strength": strength}, epochs=0))
        made.run(1500)
        moves[strength] = made.losses()["penalty/ae"]
    assert moves[1.0] < 0.2 * moves[0.0]


# A2, A3, A10, A11


@pytest.mark.parametrize("tied", [False, True])
def test_a_deep_one_is_the_same_layers_one_by_one(tied: bool) -> None:
    torch = pytest.importorskip("torch")
    made = machine(of_kind("deep_autoencoder", {"hidden": "12, 7", "units": 3, "tied": tied}, batch_size=6), np.float64)

    def objective(x: Any, w: dict[str, Any]) -> Any:
        value = x
        for name, bend in (("encode1", torch.tanh), ("encode2", torch.tanh), ("encode3", lambda u: u)):
            value = bend(value @ w[f"{name}.weight"].T + w[f"{name}.bias"])
        for place, bend in ((1, torch.tanh), (2, torch.tanh), (3, lambda u: u)):
            weight = w[f"encode{4 - place}.weight"].T if tied else w[f"decode{place}.weight"]
            value = bend(value @ weight.T + w[f"decode{place}.bias"])
        return (value - x).square().sum(1).mean()

    equals_pytorch(made, objective)
    assert [layer.name for layer in made.network.layers] == ["encode 1", "encode 2", "encode 3", "decode 1", "decode 2",
                                                             "decode 3"]
    assert checked(of_kind("deep_autoencoder", {"hidden": "12 7", "units": 3})).outputs[("ae", "code")].width == 3


@pytest.mark.parametrize(("units", "best"), [(8, 1.5304482), (16, 0.7067957)])
def test_a_linear_one_finds_the_plane_of_pca_and_nothing_better(units: int, best: float) -> None:
    from scipy.linalg import subspace_angles
    from sklearn.decomposition import PCA

    made = machine(of_kind("autoencoder", {"units": units, "activation": "identity"}, optimizer="lbfgs", epochs=0,
                           validation_share=0.0))
    made.run(400)
    x = made.dataset.columns[("digits", "pixels")].values.astype(float)
    assert best - 1e-6 <= made.evaluate(made.dataset.train)["loss"] <= best * 1.001
    plane = PCA(units).fit(x).components_.T
    assert np.degrees(subspace_angles(made.parameter("ae/decode.weight"), plane)).max() < 2


def test_as_many_linear_units_as_pixels_learn_the_identity() -> None:
    made = machine(of_kind("autoencoder", {"units": 80, "activation": "identity"}, optimizer="lbfgs", epochs=0,
                           validation_share=0.0))
    made.run(180)
    assert made.evaluate(made.dataset.train)["loss"] < 0.005  # of 18.8 around the mean


@pytest.mark.parametrize(("loss", "output"), [("binary_cross_entropy", "sigmoid"), ("gaussian", "identity")])
def test_a_distribution_is_made_likely_and_drawn_from(loss: str, output: str) -> None:
    """−log p of PyTorch's distributions; the mean and the deviation of many draws are those of the distribution."""
    torch = pytest.importorskip("torch")
    doc = of_kind("stochastic_autoencoder", {"units": 7, "loss": loss, "output_activation": output}, batch_size=9)

    def decoder(x: Any, w: dict[str, Any]) -> Any:
        mean = torch.sigmoid(x @ w["encode.weight"].T + w["encode.bias"]) @ w["decode.weight"].T + w["decode.bias"]
        if loss == "gaussian":
            return torch.distributions.Normal(mean, w["decode.log_deviation"].exp())
        return torch.distributions.Bernoulli(logits=mean, validate_args=False)

    equals_pytorch(machine(doc, np.float64), lambda x, w: -decoder(x, w).log_prob(x).sum(1).mean())
    made = machine(doc)
    made.run(200)
    pixels = made.dataset.columns[("digits", "pixels")].values[:1].repeat(4000, axis=0)
    drawn = made.forward({("digits", "pixels"): pixels}, [("ae", "sample")])[("ae", "sample")]
    w = {key.removeprefix("ae/"): torch.tensor(made.parameter(key).copy()) for key in made.network.parameters}
    wanted = decoder(torch.tensor(pixels[:1]), w)
    np.testing.assert_allclose(drawn.mean(0), wanted.mean[0].numpy(), atol=0.05)
    np.testing.assert_allclose(drawn.std(0), wanted.stddev.expand(1, 64)[0].numpy(), atol=0.05)


def test_dropout_on_the_code_spares_use() -> None:
    made = machine(of_kind("autoencoder", {"units": 30, "code_dropout": 0.5}, batch_size=30), np.float64)
    plain = machine(of_kind("autoencoder", {"units": 30}, batch_size=30), np.float64)
    rows = made.dataset.validation
    assert made.evaluate(rows)["loss"] == pytest.approx(plain.evaluate(rows)["loss"], rel=1e-12)
    passed(made)
    passed(plain)
    assert made.losses()["loss"] != pytest.approx(plain.losses()["loss"], rel=1e-3)


# A14


def test_long_contrastive_divergence_follows_the_likelihood() -> None:
    """With 25 turns of a machine that mixes well, the mean gradient is that of −ln p(v), with all 16 visible states summed."""
    torch = pytest.importorskip("torch")
    nodes = {"data": ("one_of_eight", {"classes": 4}), "ae": ("boltzmann_machine", {"units": 3, "turns": 25})}
    made = machine(document(nodes, "data.x>ae.x", optimizer="sgd", learning_rate=1e-12, batches="whole",
                            validation_share=0.0), np.float64)  # fmt: skip
    rng = np.random.default_rng(3)
    names = ("weight", "bias", "visible_bias")
    for name in names:
        made.parameter(f"ae/{name}")[...] = 0.5 * rng.normal(size=made.parameter(f"ae/{name}").shape)
    found = {name: np.zeros_like(made.parameter(f"ae/{name}")) for name in names}
    for _ in range(60):
        made.run(1)
        for name in names:
            found[name] += made.gradient(f"ae/{name}") / 60
    w, c, b = (torch.tensor(made.parameter(f"ae/{name}").copy(), requires_grad=True) for name in names)

    def energy(v: Any) -> Any:
        return -(v @ b) - torch.nn.functional.softplus(v @ w.T + c).sum(1)

    states = torch.cartesian_prod(*[torch.tensor([0.0, 1.0], dtype=torch.float64)] * 4)
    (energy(torch.eye(4, dtype=torch.float64)).mean() + torch.logsumexp(-energy(states), 0)).backward()
    for name, tensor in zip(names, (w, c, b), strict=True):
        np.testing.assert_allclose(found[name], tensor.grad.numpy(), atol=0.01)
        assert np.abs(tensor.grad.numpy()).max() > 0.1


def test_a_boltzmann_machine_finds_its_samples_likely() -> None:
    made = machine(of_kind("boltzmann_machine", {}, epochs=0))
    before = made.evaluate(made.dataset.validation)
    made.run(1500)
    after = made.evaluate(made.dataset.validation)
    assert after["free_energy/ae"] < before["free_energy/ae"]
    assert after["mean_squared_error/ae"] < 0.3 * before["mean_squared_error/ae"]
