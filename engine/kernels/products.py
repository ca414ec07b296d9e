"""Matrix products."""


def gemm(a, b, c, transpose_a, transpose_b, keep):
    """`c = keep·c + op(a) op(b)`, where op transposes if its flag is 1. `keep` is 0 (c is only written) or 1."""
    product = (a.T if transpose_a else a) @ (b.T if transpose_b else b)
    if keep:
        c += product
    else:
        c[:] = product


def gemm_onto(row, a, b, c, transpose_a, transpose_b):
    """`c = row + op(a) op(b)`: the same row (such as biases) in every row of c."""
    c[:] = (a.T if transpose_a else a) @ (b.T if transpose_b else b) + row
