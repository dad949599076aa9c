"""Linked reads: a bounded number of parametrised Cypher statements for any number of rows."""
