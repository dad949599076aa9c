"""Analytics over plain data: no database, no frames of the lake, only tuples in and value objects out."""
