"""Settings from the environment (`WEINAO_…`); docs/settings.md is generated from the descriptions here."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.errors import InvalidSetting

CHECKOUT = Path(__file__).resolve().parent.parent


class CryptoSuite(StrEnum):
    """Algorithms that seal and index: SM4-GCM with HMAC-SM3, or AES-256-GCM with HMAC-SHA-256."""

    SM = "sm"
    AES = "aes"


class ResolutionEngine(StrEnum):
    """Where records are compared."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Settings(BaseSettings):
    """All settings; every one has a safe default."""

    model_config = SettingsConfigDict(env_prefix="WEINAO_", extra="ignore", frozen=True)

    home: Path = Field(CHECKOUT / ".weinao", description="Folder of all state: lake, database, keys, audit, logs.")
    key_file: Path | None = Field(
        None, description="Master key file, mode 600; unset: `home/keys/master.key`, made at first use."
    )
    crypto_suite: CryptoSuite = Field(
        CryptoSuite.SM,
        description="Seals new values: `sm` (SM4-GCM, HMAC-SM3) or `aes` (AES-256-GCM, HMAC-SHA-256).",
    )
    graph_url: str | None = Field(
        None, description="Bolt address of a Neo4j (`bolt://…`, `neo4j://…`); unset: the embedded database."
    )
    graph_user: str = Field("neo4j", description="User of the Neo4j that `graph_url` names.")
    graph_password_file: Path | None = Field(None, description="File that holds the password of that Neo4j.")
    graph_database: str = Field("neo4j", description="Database name on that Neo4j.")
    db_memory: str = Field("768m", pattern=r"^\d+[mg]$", description="Heap of the embedded database, `768m` or `2g`.")
    host: str = Field("127.0.0.1", description="Address that `weinao serve` binds.")
    port: int = Field(8000, ge=1, le=65535, description="Port that `weinao serve` binds.")
    write_wait: float = Field(
        30.0, ge=0, le=3_600, description="Seconds that a command waits until another process has ended its writing."
    )
    rate: int = Field(
        3_000, ge=0, description="Requests a second that one client (address) may make of the server; 0: no bound."
    )
    trusted_documents: Path | None = Field(
        None,
        description="Folder of `.graphql` files: the server then runs these queries only, by their text or by its "
        "SHA-256 (`documentId`).",
    )
    identity: str = Field(
        "development",
        description="Who is reading: `development` is the only one so far, and is refused beyond loopback.",
    )
    resolution_engine: ResolutionEngine = Field(
        ResolutionEngine.DUCKDB, description="Compares records on `duckdb` (in this process) or on `spark`."
    )
    spark_master: str = Field(
        "local[*]", description="Spark master, where `resolution_engine` is `spark`: `local[2]`, `spark://…`, `yarn`."
    )
    batch_rows: int = Field(20_000, ge=100, le=1_000_000, description="Rows in a batch while loading and projecting.")
    divisions_file: Path | None = Field(
        None,
        description="CSV of further divisions (code, name, parent, level, valid_from, valid_to).",
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("text", pattern="^(text|json)$", description="`text` for people, `json` for collectors.")

    @cached_property
    def lake_dir(self) -> Path:
        return self.home / "lake"

    @cached_property
    def db_dir(self) -> Path:
        return self.home / "db"

    @cached_property
    def town_dir(self) -> Path:
        return self.home / "town"

    @cached_property
    def audit_dir(self) -> Path:
        return self.home / "audit"

    @cached_property
    def log_dir(self) -> Path:
        return self.home / "log"

    @cached_property
    def master_key_file(self) -> Path:
        return self.key_file or self.home / "keys" / "master.key"


def load_settings() -> Settings:
    """The settings of this process. Raises `InvalidSetting`, naming the variable but never its value."""
    try:
        return Settings()
    except ValidationError as error:
        names = "、".join(f"WEINAO_{'_'.join(str(p) for p in e['loc']).upper()}" for e in error.errors())
        raise InvalidSetting(f"环境变量的值不能用：{names}") from None
