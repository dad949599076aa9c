"""Comparison columns, computed from the catalogue's values before any pair is formed."""
