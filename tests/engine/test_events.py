"""Events and commands survive the pipe; anything else is refused."""

from __future__ import annotations

import json

import pytest

from engine import commands, events
from engine.messages import Message, Vocabulary
from engine.stages import StageInfo
from engine.walked import (
    Difference,
    LayerNumbers,
    LossNumber,
    Part,
    PenaltyNumber,
    PortNumbers,
    Stop,
    UnitNumbers,
    Walked,
)

RUN = events.RunInfo(
    layers=(events.LayerInfo("dense1", "dense", "Dense 1", (32, 64), (8, 8), 0, "tanh"),),
    losses=(events.LossInfo("loss1", "Loss"),),
    metrics=("loss", "accuracy"),
    reconstructions=(events.ReconstructionInfo("a", ("digits1", "pixels"), ("a", "reconstruction"), (8, 8)),),
    predictions=(events.PredictionInfo("ce", ("dense2", "out"), ("digits1", "label"), ("0", "1")),),
    maps=(events.MapInfo("toy1", "points", (-1.0, 1.0, -1.0, 1.0), 48, (("dense1", "out"),)),),
    curves=(events.CurveInfo("curve1", "x", -1.0, 1.0, 240, (("dense1", "out"),)),),
    step_channels=(events.ChannelInfo("loss"), events.ChannelInfo("gradient", "dense1", "dense")),
    legs=((0, 0.0, 45),),
    stages=(StageInfo("Pre-train ae", ("ae",), 0, 0), StageInfo("Training")),
    fields=(events.MapInfo("toy1", "points", (-1.0, 1.0, -1.0, 1.0), 24, (("a", "reconstruction"),)),),
    codes=(events.CodeInfo("a", "code", 8, ("digits1", "pixels"), ("a", "reconstruction")), events.CodeInfo("b", "y", 2)),
    labels=events.LabelsInfo("digits1", "label", ("0", "1")),
)
EVENTS = [
    events.Preparing(3, 31),
    events.Compiled(RUN),
    events.StateChanged("running", 7, 0.25),
    events.EpochDone(1, 45, {"train_loss": 0.5}),
    events.Diverged("dense1", 8, "gradient"),
    events.RateChanged(8, 0.1),
    events.GraphChanged(8, 3, 4),
    events.StoppedEarly(412, 37.5, 300, 27.25, 0.031),
    events.StageBegan(412, 37, 1, "Training"),
    events.Evaluated(9, {}),
    events.LookedAround(9, 1.0, 2, (0.5, 0.25, 1.0, 2.0), finest=False),
    Walked(9, 1, (4, 7), 1, (Stop("given", "digits1"), Stop("backward", "dense1", 0)),
           (LayerNumbers("dense1", "dense1", "tanh", (1, 2), False, (0.5, 1.0), (0.25,), (0.125,), (1.0,), (), (0.5,)),),
           (PortNumbers("dense1", "y", (0.125,), ()),), (LossNumber("loss1", 0.75, 2.0),), (PenaltyNumber("ridge", 0.5, 2.0),),
           UnitNumbers(0, 0, 1, (1.0, 2.0), None, (Part("top", (1.0,), (2.0,)),), others=("loss",), senders=("loss1",),
                       gradient=(0.5, 0.25), shared=True, batch_deltas=(0.5,), batch_given=(1.0,),
                       difference=Difference(1e-6, 0.5, 0.75, 0.25, 0.25))),
    events.Answer("me", 8, {"sizes": (1.5, 0.25)}, False, 0.5, "no classes"),
    events.Probed("digits1", "pixels", 9, {"dense1/y": (0.25, 0.75)}),
    events.CheckpointSaved("/tmp/ü/checkpoint.safetensors", 9),
    events.Note("Achtung"),
    events.Finished(10, 1.5, 0.25, "done", {"validation_accuracy": 0.95}),
    events.Failed("There is no loss.", "dense1", "units"),
    events.WorkerLost("gone", ""),
]
COMMANDS = [
    commands.Load('{"a": "é"}', "/tmp", False),
    commands.Restore("x"),
    commands.Run(),
    commands.Pause(),
    commands.Step(),
    commands.Stop(),
    commands.Reset(),
    commands.SetSeed(3),
    commands.SetSeed(None),
    commands.SetRate(0.1),
    commands.SetPace("lesson"),
    commands.SetPace(12.5),
    commands.SetPace(None),
    commands.Watch(("weights:a/b",)),
    commands.Evaluate(),
    commands.LookAround(0.5, 3),
    commands.Walk(3, 1, 7, 12),
    commands.Probe("digits1", "pixels", (0.0, 0.5), (("dense1", "y"),)),
    commands.FindTangents(("digits1", "pixels"), ("ae", "code"), (0.0, 0.5), 2, "me"),
    commands.FindPreferred(("digits1", "pixels"), ("ae", "code"), 2, "me"),
    commands.FindNeighbours(("digits1", "pixels"), ("ae", "code"), 7, 5, "me"),
    commands.ProbeCodes("me"),
    commands.MapCode("ae", "code", "me"),
    commands.Close(),
    commands.Attach("history", "psm_1"),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_events_survive_the_pipe(event: Message) -> None:
    assert events.from_json(event.to_json()) == event
    json.loads(event.to_json())


def test_every_event_was_tried() -> None:
    assert {type(event) for event in EVENTS} == set(events.Event.__args__)
    assert {type(command) for command in COMMANDS} == set(commands.Command.__args__)


@pytest.mark.parametrize("command", COMMANDS, ids=repr)
def test_commands_survive_the_pipe(command: Message) -> None:
    assert commands.COMMANDS.from_json(command.to_json()) == command


NO_EVENTS = [b"", b"{", b"[]", b"{}", b"3", b'{"EpochDone": {"epoch": "many"}}', b'{"Run": {}}', b'{"__class__": {}}',
             b'{"Note": {}}', b'{"Note": {"text": 1}}', b"\xff\xfe"]  # fmt: skip


@pytest.mark.parametrize("data", NO_EVENTS)
def test_what_is_no_event_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        events.from_json(data)


def test_one_side_does_not_take_what_only_the_other_may_say() -> None:
    with pytest.raises(ValueError, match="unknown message"):
        Vocabulary([commands.Run]).from_json(commands.Pause().to_json())
