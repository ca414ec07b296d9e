"""The node types, one family a file, and the catalogue of all of them.

node            how a node computes: data half and network half
data            sources
prepare         preparations, fitted on the training part
dense           fully connected layers
activations     activation functions
regularization  nodes that act only in training
shaping         nodes that change shapes
autoencoders    autoencoders with their own loss
losses          what training makes small
"""
