"""The data half of a graph: what runs once, with numpy, before anything is compiled.

columns      one output of a data node: values, shape, names of the components
bundled      the sets that ship inside scikit-learn
toy          generated points in the plane: logic gates, blobs, moons, circles, spirals
generated    the swiss roll, noisy curves, 1-of-K vectors
sequences    generated sequences: sine waves, exercises for memory
grammars     the embedded Reber grammar, a toy language and its translation
room         whether made data fit into the memory
paths        a file named in a document: always beside it or below
table_facts  what the first half megabyte of a CSV file says: columns, what they hold, the first mistake
array_files  arrays out of NPY, NPZ and IDX files
image_files  pictures out of a folder, all of one size
text_files   plain text as windows of characters
table        the columns of a CSV file as arrays, read in pieces
table_search where the first mistake of a piece stands
reporting    how far the reading of data has come, and how it is given up
drawings     what was drawn by hand, as documents hold it
draws        random numbers of the data half, the same on every version of numpy
splits       which rows train, which validate and which test
cache        results kept by content in memory, within a budget of bytes
store        the same on disk, for other processes and other days
results      what one node gave, in memory and on disk
half         runs the data nodes in order; the same preparation again for new data
given        new samples for `predict` out of a file
view         everything that is shown of one data node, counted in another process and mapped by the window
statistics   moments, histograms, covariance, principal axes: what needs every row
thumbnails   the small picture on a node
findings     what in the data asks for a second look, with all thresholds
remarks      findings as sentences with cures
looker       the window's handle on the process that looks at data
look_process, look_messages   the process at its other end, and what the two say
"""
