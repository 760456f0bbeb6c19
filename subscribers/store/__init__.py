"""The SQL of readers, one file a concern. Every function takes a connection and runs on both databases."""
