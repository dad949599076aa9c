"""Structured logs, redacted, in a file under `WEINAO_HOME/log`; only what is fatal goes to stderr too."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from logging.handlers import RotatingFileHandler
from typing import Any

import structlog

from core.settings import Settings
from core.values.redaction import redact

_KEPT_BYTES, _KEPT_FILES = 20_000_000, 10


def redact_event(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every identifier in every text of a log event; the last line of defence, not the first."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def configure_logging(settings: Settings) -> None:
    """Send this process's logs to the log folder; a folder that cannot be written leaves stderr alone."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=False),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, redact_event, renderer],
    )
    root = logging.getLogger()
    for former in root.handlers[:]:
        root.removeHandler(former)
        if isinstance(former, RotatingFileHandler):
            former.close()
    root.setLevel(settings.log_level.upper())
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.CRITICAL)  # people get messages with a remedy; the rest is for the log file
    handlers: list[logging.Handler] = [console]
    try:
        settings.log_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = settings.log_dir / "weinao.log"
        handlers.append(RotatingFileHandler(file, "a", _KEPT_BYTES, _KEPT_FILES, encoding="utf-8", delay=True))
    except OSError:
        root.addHandler(console)
        logging.getLogger(__name__).critical("日志目录不可写，这次运行没有日志")
    for handler in handlers:
        handler.setFormatter(formatter)
        if handler not in root.handlers:
            root.addHandler(handler)
    for noisy in ("neo4j", "neo4j.notifications", "splink", "httpx"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
