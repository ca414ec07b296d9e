"""Codes: what layers make of samples, looked at from every side.

subject   which code a card is about, and the samples that are seen in it
scatter   codes in the plane beside the data's principal components
axes      principal axes that follow a code while it changes
field     where an autoencoder moves points of the plane
faders    a fader for each unit of a code
walk      a code is moved, and decoded
tangents  the directions that change a code most
probes    how much of the classes lies open in each code
"""
