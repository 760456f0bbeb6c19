"""A sample newsroom, served, collected, ranked and mailed on this machine alone."""
