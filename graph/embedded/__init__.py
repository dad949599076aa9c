"""The embedded graph database: ArcadeDB's server, run as a managed child process on loopback."""

from graph.embedded.server import EmbeddedServer, ServerStatus

__all__ = ["EmbeddedServer", "ServerStatus"]
