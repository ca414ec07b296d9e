"""What numba is told beside the functions of `engine.kernels`: which of them it compiles as they are written, and what it
puts in the place of the others. `engine.jit` imports this before anything is compiled; the window never does.

plain        what kernels call that is compiled as it is written
elementary   exp, log, tanh, sigmoid, vectorised
stack        small arrays that live on the stack
philox       random words side by side
products     matrix products of any size
small_gemm   those of small or thin float32 matrices, in vector registers
strips       vectors of float32 numbers by address
crew         work shared between threads, piece by piece
loop         the loop that walks the instruction tables
"""
