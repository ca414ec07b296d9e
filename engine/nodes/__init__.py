"""The node types, one family a file, and the catalogue of all of them.

node            how a node computes: data half and network half
learning        what nodes with weights share
source          what data sources share
data            bundled, generated and file sources
measured        bundled sets of measurements
generated       generated numbers: swiss roll, noisy curves, 1-of-8
sequences       generated sequences: waves, exercises for memory, grammars
arrays          files of arrays: NPY, NPZ, IDX
pictures        a folder of images, two photographs
characters      plain text as sequences of characters
drawn           what the user draws: points, digits
prepare         preparations, fitted on the training part
whitening       preparations that take correlations away
recoding        preparations that write samples in other numbers
noise           noise on samples, drawn once or anew
pieces          other samples, cut out of the given ones: patches, windows
rows            which samples train: split, bootstrap
dense           fully connected layers
by_hand         numbers that users write into a parameter
activations     activation functions
bends           activation functions as pictures
regularization  nodes that act only in training
shaping         nodes that change shapes
autoencoders    autoencoders with their own loss
regularized     autoencoders that ask more of their code: sparse, contractive
corrupted       autoencoders that restore what was spoilt
mirrored        autoencoders of many layers
hashed          autoencoders whose codes are words of bits
predictive      autoencoders that learn to predict the best sparse code
stochastic      autoencoders whose decoder is a distribution
boltzmann       Boltzmann machines
losses          what training makes small
penalties       terms of the objective that ask for simplicity
"""

from collections.abc import Iterator
from types import ModuleType

from engine.nodes import (
    activations,
    arrays,
    autoencoders,
    boltzmann,
    characters,
    corrupted,
    data,
    dense,
    drawn,
    generated,
    hashed,
    losses,
    measured,
    mirrored,
    noise,
    penalties,
    pictures,
    pieces,
    predictive,
    prepare,
    recoding,
    regularization,
    regularized,
    rows,
    sequences,
    shaping,
    stochastic,
    whitening,
)
from engine.settings import TrainingSettings
from graphs.catalog import Catalog
from graphs.spec import NodeType

FAMILIES = (
    data, measured, generated, sequences, arrays, pictures, characters, drawn,
    prepare, whitening, recoding, noise, pieces, rows,
    dense, activations, regularization, shaping,
    autoencoders, regularized, corrupted, mirrored, stochastic, predictive, hashed, boltzmann, losses, penalties,
)


def node_types(module: ModuleType) -> Iterator[type[NodeType]]:
    """The node types that a module declares, in the order in which they stand in it."""
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, NodeType) and value.__module__ == module.__name__ \
                and "title" in vars(value):
            yield value


CATALOG = Catalog(tuple(kind for module in FAMILIES for kind in node_types(module)), TrainingSettings)
