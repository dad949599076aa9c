"""From resolved records to the desired graph, and from two graphs to the changes between them: pure, no database."""
