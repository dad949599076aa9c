"""The projection: what the lake's log of node and edge changes says, applied to the graph exactly once."""

from graph.projection.project import ProjectionReport, project
from graph.projection.source import ChangeSource, Part, Phase
from graph.projection.watermark import Watermark, watermark

__all__ = ["ChangeSource", "Part", "Phase", "ProjectionReport", "Watermark", "project", "watermark"]
