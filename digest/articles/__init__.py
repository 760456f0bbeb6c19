"""Item in, Article out: cleaning, dating, identity, pictures, and the source types."""
