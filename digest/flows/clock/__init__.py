"""The clock of a newsletter: which day is due, and one step after the other until its edition is out."""
