"""Decoding: hostile files in, samples out, in a child process that may do nothing else."""
