"""One file a source type; the file name is its `kind`. Each reads bytes into Items."""
