"""One new sample, or one code set by hand, through the network that is being trained: what it makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engine import commands, events
from engine.codes import decoders
from engine.data.half import prepare_for_prediction

if TYPE_CHECKING:
    from engine.built import Built
    from engine.compiler import PortKey

WIDEST = 8192  # numbers of one port that travel over the pipe


def answer(built: Built, order: commands.Probe) -> events.Probed:
    """The wanted numbers, through the preparations as they are fitted. Empty when the graph has changed meanwhile, so
    that it has no such source any more. Nothing of the run changes."""
    machine, checked, origin = built.machine, built.checked, (order.node, order.port)
    if origin in machine.assembly.predict_outputs:
        return _told(order, machine.step_count, _decoded(built, order))
    shape = checked.outputs.get(origin)
    if shape is None or shape.width != len(order.values):
        return events.Probed(*origin, machine.step_count, asker=order.asker)
    sample = np.array(order.values, np.float32).reshape(1, *shape.sizes)
    known = prepare_for_prediction(checked, built.dataset.fitted, {origin: sample})
    inputs = {}
    for key in machine.assembly.predict_inputs:
        like = built.dataset.columns[key].values
        inputs[key] = known.get(key, np.zeros((1, *like.shape[1:]), like.dtype))
    known_ports = {*machine.assembly.predict_outputs, *machine.assembly.predict_inputs}
    made = machine.forward(inputs, [key for key in dict.fromkeys(order.wanted) if key in known_ports])
    return _told(order, machine.step_count, made)


def _decoded(built: Built, order: commands.Probe) -> dict[PortKey, np.ndarray]:
    """What is rebuilt from a code, step by step where autoencoders are stacked; of that, what is wanted."""
    here, made = (order.node, order.port), {}
    value = np.array(order.values, np.float32)[None]
    try:
        for there in decoders(built.network, here, list(built.network.use.inputs)):
            value = made[there] = built.response(here, there).values(value)
            here = next(entry[1] for entry in built.network.declared.reconstructions if entry[2] == there)
    except ValueError:  # not as many numbers as the code has now
        return {}
    return {port: values for port, values in made.items() if port in order.wanted}


def _told(order: commands.Probe, step: int, made: dict[PortKey, np.ndarray]) -> events.Probed:
    return events.Probed(order.node, order.port, step, {
        f"{node}/{port}": tuple(values.ravel().tolist()) for (node, port), values in made.items()
        if values.size <= WIDEST and np.isfinite(values).all()}, order.asker)
