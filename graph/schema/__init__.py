"""The graph's schema: node and relation classes, the types of their properties, constraints, indexes, migrations."""

from graph.schema.install import install
from graph.schema.migrations import SCHEMA_VERSION

__all__ = ["SCHEMA_VERSION", "install"]
