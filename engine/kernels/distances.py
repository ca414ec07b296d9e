"""Sums over the difference of two arrays. Rows are run into one: they are often shorter than a few vectors."""

STRETCH = 4096  # numbers that are added up by themselves, so that rounding does not grow with the batch


def squared_distance(x, t):
    """`Σ (x − t)²` over all elements of contiguous arrays of the same shape."""
    left, right, total = x.reshape(x.size), t.reshape(t.size), x.dtype.type(0)
    for first in range(0, x.size, STRETCH):
        a, b, part = left[first : first + STRETCH], right[first : first + STRETCH], x.dtype.type(0)
        for j in range(a.size):
            error = a[j] - b[j]
            part += error * error
        total += part
    return total


def absolute_distance(x, t):
    """`Σ |x − t|` over all elements of contiguous arrays of the same shape."""
    left, right, total = x.reshape(x.size), t.reshape(t.size), x.dtype.type(0)
    for first in range(0, x.size, STRETCH):
        a, b, part = left[first : first + STRETCH], right[first : first + STRETCH], x.dtype.type(0)
        for j in range(a.size):
            part += abs(a[j] - b[j])
        total += part
    return total
