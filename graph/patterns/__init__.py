"""Graph patterns: up to six nodes and the links between them, matched in the graph."""

from graph.patterns.matching import Match, estimate, match
from graph.patterns.model import Pattern, PatternEdge, PatternNode, parse

__all__ = ["Match", "Pattern", "PatternEdge", "PatternNode", "estimate", "match", "parse"]
