"""What comes back to our addresses: read, proved by a token of ours, and its consequences written."""
