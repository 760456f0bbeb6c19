"""An edition in, one reader's wire bytes out: rendered once, compiled once, filled for each reader."""
