"""Filters as parametrised Cypher: which nodes fulfil one, beginning at the index that finds the fewest."""

from graph.filters.cypher import Compiler, Selection, select

__all__ = ["Compiler", "Selection", "select"]
