"""The node types, one family a file, and the catalogue of all of them.

node            how a node computes: data half and network half
source          what data sources share
data            bundled, generated and file sources
prepare         preparations, fitted on the training part
dense           fully connected layers
activations     activation functions
regularization  nodes that act only in training
shaping         nodes that change shapes
autoencoders    autoencoders with their own loss
losses          what training makes small
"""

from graphs.catalog import Catalog

from engine.nodes.activations import Activation
from engine.nodes.autoencoders import Autoencoder
from engine.nodes.data import Digits, Iris, Table, Toy2d
from engine.nodes.dense import Dense
from engine.nodes.losses import BinaryCrossEntropy, CrossEntropy, SquaredError
from engine.nodes.prepare import Normalize
from engine.nodes.regularization import Dropout
from engine.nodes.shaping import Flatten
from engine.settings import TrainingSettings

CATALOG = Catalog(
    (Digits, Iris, Toy2d, Table, Normalize, Dense, Activation, Dropout, Flatten, Autoencoder, SquaredError,
     BinaryCrossEntropy, CrossEntropy),
    TrainingSettings,
)
