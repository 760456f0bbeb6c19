"""Who is told of what, by mail and by webhook."""
