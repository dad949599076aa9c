"""One search box: how objects can be found by what people type, in an index file beside the graph."""
