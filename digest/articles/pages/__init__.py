"""The parts of the page reader: what a page says to machines, what it shows, and which of it is believed."""
