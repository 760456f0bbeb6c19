"""An edition from its draft to its approval, by the machine and by an editor."""
