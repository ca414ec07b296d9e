"""The engine: node types, data, compiler, training, and the command line. No Qt.

For notebooks: `net = engine.load("digits_autoencoder")`, then see `engine.network`.

nodes              the node types and their catalogue
data               the data half: sources, splits, preparations
ops, kernels       primitive operations with their derivatives; what is compiled, as plain functions
native             what numba is told beside them
compiler           from a checked document to tapes: parameters, layers, losses
autodiff           from forward operations to backward ones
scope              what a stage trains of a document, and what lies below it
figures            what is told of a batch and of an epoch, and what computes it
assembly, program  from tapes to programs: instructions and their places in the arena
layer_places       where statistics find a layer's activity and its error
executor           the machine that runs programs on data
interpreter        the same kernel by kernel, bounds-checked or plain
jit                compiles kernels once a machine, and calls them by address
crew               the threads that share large products
memory             how much memory a run will take, before anything is allocated
initializers       first values of the weights
optimizer, optimizers, quasi_newton  the rules that turn gradients into steps: what one is, all of them, L-BFGS
schedules, penalties  the learning rate over time; weight penalties and clipping
segments, updates  which parameters are trained alike, and the second half of a step
settings           the training settings of a document
built              one network on one data set, and what a changed graph takes over
stopping           early stopping
training, course, stages  a run as a generator of events; the way through its stages; what a stage is
changes            what was changed while it went on
pace, controls     how many steps are due; orders from outside
events, messages   what a run reports, and its form on the pipe
telemetry, run_info  the decimated history, and what is being trained
loss_slice         the loss around the present weights
hashing            codes as words of bits, and near ones found by flipping bits
response, insight  what one place of a network answers to another, with derivatives; fields, tangents, preferred inputs
codes              what layers make of a sample, and how it goes back; where classes stand
linear_probe       how much of the classes lies open in a code
inquiries          what is asked about the network beside its training
probes             one new sample through the network that is being trained
slow_motion        one mini-batch forward and back, every number readable
walked, walk_numbers, walk_penalties  the same as plain numbers: what they are, how they are read off; penalties on weights
walk_terms, walk_check  what terms of the objective send straight to a unit or a weight; what differences are compared with
terrain            test surfaces over two weights, and the optimisers' walks over them
chains             which trained layers feed which
verdicts, remedies what the curves say in words, and what can be done about it
watching, frames, budget  pictures for views, and what watching may cost
waists, principal  which outputs show the units of which layers; what the best linear code of a size leaves over
divergence         the step and the node where a number stopped being finite
checkpoint, saved_run, autosave  runs on disk: files, what they hold, when they are written
remote, worker, session, commands, shared_memory  the training process and the window's end of it
errors             what can go wrong, as sentences
several            sweeps, many seeds, bagging: several trainings at once
cli, headless, progress, overrides, interrupt  the command line, a run without a window, its bar, `--set`, Ctrl+C
run_folder, run_writer  the files of one run: which they are; written while it goes on
inference, prediction_table  a trained network in use, and its answers as CSV
network            the face for notebooks
"""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.network import Network


def load(name: str | os.PathLike[str]) -> Network:
    """A network from a graph file, a name in the gallery, or the folder of a run."""
    from engine.network import load as load_network  # the compiler is only imported when it is needed

    return load_network(name)


def own_version() -> str:
    """The version of this program; `0` where it runs from a folder that was never installed."""
    try:
        return version("hourglass-nn")
    except PackageNotFoundError:
        return "0"
