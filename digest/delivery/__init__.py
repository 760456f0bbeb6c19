"""Messages to relays, and what became of them."""
