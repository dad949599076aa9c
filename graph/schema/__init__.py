"""The graph's schema: node and relation classes, the types of their properties, constraints and indexes."""

from graph.schema.install import SCHEMA_VERSION, install

__all__ = ["SCHEMA_VERSION", "install"]
