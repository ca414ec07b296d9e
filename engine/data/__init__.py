"""The data half of a graph: what runs once, with numpy, before anything is compiled.

columns      one output of a data node: values, shape, names of the components
bundled      the sets that ship inside scikit-learn
toy          generated points in the plane: logic gates, blobs, moons, circles, spirals
paths        a file named in a document: always beside it or below
table_facts  what the first half megabyte of a CSV file says: columns, what they hold, the first mistake
array_files  arrays out of NPY, NPZ and IDX files
table        the columns of a CSV file as arrays
reporting    how far the reading of data has come, and how it is given up
draws        random numbers of the data half, the same on every version of numpy
splits       which rows train, which validate and which test
cache        results kept by content, within a budget of bytes
half         runs the data nodes in order; the same preparation again for new data
given        new samples for `predict` out of a file
"""
