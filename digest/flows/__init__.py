"""The verbs: each file loads, lets a pure stage decide, and stores. The only place where stages meet I/O."""
