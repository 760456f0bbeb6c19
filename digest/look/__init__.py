"""The look kit: shipped templates and words to build on, the variables they may use, a sample to try them with."""
