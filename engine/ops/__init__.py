"""The primitive operations, each in one place with its derivative.

primitive    what a primitive is, and the tape on which a graph's operations are written
affine       weighted sums
activation_function  what those are that users choose by name
activations  which there are
saturating   those with bounds
rectifiers   ReLU and its relatives
maxout       the largest of several sums
elementwise  sums, factors, and what only steers gradients
slopes       slopes of activation functions, and the penalty on them
sparsity     mean activities, and how far they are from the one wanted
dictionary   sparse codes, and the dictionary that they are written in
sampling     random operations: dropout, Bernoulli
shaping      changes of shape
energy       energies of Boltzmann machines
labels       from labels to numbers
likelihood   outputs as distributions
losses       one number for a batch, to be made small
metrics      figures in plain units, without gradients
"""
