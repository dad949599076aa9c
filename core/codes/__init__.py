"""Code tables and administrative divisions: dated CSV files with small readers."""

from core.codes.divisions import Division, DivisionTable, divisions
from core.codes.tables import Code, CodeTable, table

__all__ = ["Code", "CodeTable", "Division", "DivisionTable", "divisions", "table"]
