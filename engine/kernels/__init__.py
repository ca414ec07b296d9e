"""What runs as machine code, and nothing else: kernels are plain functions over named arrays.

operand      the annotations that say what each argument of a kernel is
blas         matrix products of any size
crew         work shared between threads, piece by piece
small_gemm   matrix products of small or thin float32 matrices, in vector registers
strips       vectors of float32 numbers by address
elementary   exp, log, tanh, sigmoid, vectorised
distances    sums over the difference of two arrays
stack        small arrays that live on the stack
philox       counter-based random words
draws        chances and normal numbers from random words
bookkeeping  fetching samples, guarding a step, adding up reports, statistics of layers
telemetry    how the numbers of a step enter the decimated history
loop         the loop that walks the instruction tables
"""
