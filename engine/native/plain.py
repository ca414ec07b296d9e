"""What kernels call that needs no other form than the one it is written in."""

from numba.extending import overload, register_jitable

from engine.kernels.distances import absolute_distance, squared_distance
from engine.kernels.draws import chance, normals
from engine.kernels.philox import high, low, philox

for function in (absolute_distance, squared_distance, chance, high, low, philox):
    register_jitable(function)


@overload(normals, inline="always")  # its array lives as long as the function that it is on the stack of
def _normals(words, like):
    return normals
