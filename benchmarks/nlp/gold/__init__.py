"""The reader against the gold set, layer by layer."""
