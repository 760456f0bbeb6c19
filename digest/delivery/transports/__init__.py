"""One file a transport: a stream of messages in, an outcome for each out."""
