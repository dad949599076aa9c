"""The graph database behind its Bolt driver: one code path for the embedded server and for Neo4j.

The driver is synchronous and thread-safe; one `GraphStore` serves a whole process, whatever thread calls it.
Errors of the driver never leave this module: they become classes of `core.errors`.

On a cluster (an address `neo4j://…`) reads go to whatever server the cluster names for them, writes to the leader.
Bookmarks make a read wait for the server to have what this process wrote before; what another process wrote may show
later, so that who must know the newest state asks the leader (`read_newest`).
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TypeVar

import neo4j
from neo4j import exceptions as driver_errors
from neo4j.graph import Node, Path, Relationship
from neo4j.time import Date, DateTime, Duration, Time

from core.deadline import seconds_left
from core.errors import CommitUncertain, GraphUnreachable, QueryTimedOut, StatementRefused

_T = TypeVar("_T")
_ATTEMPTS = 12
# Such a subquery commits its own batches, which no rollback of ours would undo.
_COMMITS_BY_ITSELF = re.compile(r"\bIN\b[\s\w$]*\bTRANSACTIONS\b", re.IGNORECASE)
_NOT_UNIQUE = "Neo.ClientError.Schema.ConstraintValidationFailed"
_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOut"
_READING = re.compile(r"\s*(PROFILE\s+)?(MATCH|OPTIONAL|RETURN|WITH|UNWIND|CALL|SHOW)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a graph database listens; the password stays out of every representation."""

    url: str
    user: str
    password: str = field(repr=False)
    database: str

    @property
    def routed(self) -> bool:
        """Whether the address leads to a cluster, whose servers the driver chooses among."""
        return self.url.startswith("neo4j")


class Transaction:
    """An open transaction; see `GraphStore.transaction`."""

    def __init__(self, raw: neo4j.Transaction | neo4j.ManagedTransaction) -> None:
        self._raw = raw

    def run(self, cypher: str, **params: Any) -> list[dict[str, Any]]:
        return _rows(self._raw.run(cypher, params))

    def execute(self, cypher: str, **params: Any) -> None:
        """Run a statement whose rows nobody wants."""
        self._raw.run(cypher, params).consume()


class GraphStore:
    """Reads and writes in Cypher, values as parameters only."""

    def __init__(self, driver: neo4j.Driver, endpoint: Endpoint) -> None:
        self._driver = driver
        self.endpoint = endpoint
        # Only a cluster has servers that lag behind each other; for a single one bookmarks would be idle words.
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager() if endpoint.routed else None

    @classmethod
    def connect(cls, endpoint: Endpoint, *, timeout: float = 15.0) -> Self:
        """Open a store and make sure that it answers; raises `GraphUnreachable`.

        neomodel is bound to the same driver: its classes then read and write this database, in the whole process.
        """
        store = cls(_driver(endpoint, timeout), endpoint)
        try:
            store.verify()
            store.bind_neomodel()
        except BaseException:
            store.close()
            raise
        return store

    def verify(self) -> None:
        """Raises `GraphUnreachable` when the database does not answer a query."""
        with _translated(self.endpoint), self._session(neo4j.READ_ACCESS) as session:
            session.run("RETURN 1 AS one").consume()

    def bind_neomodel(self) -> None:
        import neomodel

        neomodel.get_config().database_name = self.endpoint.database
        with _translated(self.endpoint):
            neomodel.db.set_connection(driver=self._driver)

    def read(self, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        """Rows of a statement that changes nothing; nodes and relations come as maps of their properties,
        temporal values as Python's own. Tried again after transient errors.

        Carries the time that `core.deadline` leaves to the database. Raises `GraphUnreachable`, `StatementRefused`,
        `QueryTimedOut`.
        """
        return self._read(neo4j.READ_ACCESS, cypher, params)

    def read_newest(self, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        """As `read`, from the server that writes go to: nothing that was committed anywhere is missing."""
        return self._read(neo4j.WRITE_ACCESS, cypher, params)

    def _read(self, access: str, cypher: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        def once() -> list[dict[str, Any]]:
            left = seconds_left()
            # Auto-commit: one round trip, where a managed transaction needs three.
            with self._session(access) as session:
                asked = cypher if left is None else neo4j.Query(cypher, timeout=left)
                return _rows(session.run(asked, params))

        return self._retried(once)

    def inspect(self, cypher: str) -> list[dict[str, Any]]:
        """Rows of a statement that somebody typed; nothing it does can last.

        Neo4j refuses a write in a read transaction, the embedded server does not: there the transaction is undone, and
        statements that begin otherwise than a reading one are not sent at all, since schema changes cannot be undone.
        Raises `StatementRefused` with the database's own words, which may quote the statement: for the eyes of whoever
        typed it, not for a log. Raises `GraphUnreachable`.
        """
        if not _READING.match(cypher) or _COMMITS_BY_ITSELF.search(cypher):
            raise StatementRefused("这里只执行查询：以 MATCH、RETURN、WITH、UNWIND、CALL、SHOW 等开头的语句")
        try:
            with (
                _translated(self.endpoint),
                self._session(neo4j.READ_ACCESS) as session,
                session.begin_transaction() as raw,
            ):
                result = raw.run(cypher)
                rows = _rows(result)
                wrote = result.consume().query_type != "r"
                raw.rollback()
        except StatementRefused as error:
            raise StatementRefused(str(getattr(error.__cause__, "message", "") or error.message)) from error
        if wrote:
            raise StatementRefused("这里只执行查询，写入已撤销")
        return rows

    def explain(self, cypher: str, /, **params: Any) -> str:
        """The plan that the database would follow, as it draws it."""

        def once() -> str:
            with self._session(neo4j.READ_ACCESS) as session:
                plan = session.run(f"EXPLAIN {cypher}", params).consume().plan or {}
                return str(plan.get("args", {}).get("string-representation", plan))

        return self._retried(once)

    def write(self, cypher: str, /, **params: Any) -> list[dict[str, Any]]:
        """Run a statement in a transaction of its own and return its rows. Tried again after transient errors, which
        left nothing behind.

        Raises `GraphUnreachable`, `StatementRefused`, and `CommitUncertain` when the connection broke
        during the commit.
        """

        def once() -> list[dict[str, Any]]:
            with self._session(neo4j.WRITE_ACCESS) as session, session.begin_transaction() as raw:
                rows = _rows(raw.run(cypher, params))
                raw.commit()
                return rows

        return self._retried(once)

    def run(self, cypher: str) -> list[dict[str, Any]]:
        """Rows of a statement that cannot be part of a transaction (schema, `CALL … IN TRANSACTIONS`)."""

        def once() -> list[dict[str, Any]]:
            with self._session(neo4j.WRITE_ACCESS) as session:
                return _rows(session.run(cypher))

        return self._retried(once)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Several statements that take effect together, or not at all when the block raises.

        Not retried; use `transact` for work that may run twice. Raises as `write` does.
        """
        with (
            _translated(self.endpoint),
            self._session(neo4j.WRITE_ACCESS) as session,
            session.begin_transaction() as raw,
        ):
            yield Transaction(raw)
            raw.commit()

    def transact(self, work: Callable[[Transaction], _T]) -> _T:
        """Run `work` in a transaction, again after transient errors. Raises as `write` does."""

        def once() -> _T:
            with self._session(neo4j.WRITE_ACCESS) as session, session.begin_transaction() as raw:
                result = work(Transaction(raw))
                raw.commit()
                return result

        return self._retried(once)

    def bookmarks(self) -> frozenset[str]:
        """What a server must have applied before it answers this process; none for a single server."""
        return frozenset(self._bookmarks.get_bookmarks()) if self._bookmarks else frozenset()

    def close(self) -> None:
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _session(self, access: str) -> neo4j.Session:
        return self._driver.session(
            database=self.endpoint.database, default_access_mode=access, bookmark_manager=self._bookmarks
        )

    def _retried(self, once: Callable[[], _T]) -> _T:
        with _translated(self.endpoint):
            for attempt in range(_ATTEMPTS):
                try:
                    return once()
                except (driver_errors.DriverError, driver_errors.Neo4jError) as error:
                    if attempt == _ATTEMPTS - 1 or not (error.is_retryable() or (attempt == 0 and _taken(error))):
                        raise
                    # Full jitter, up to 1.6 s: writers that collided once should not collide again.
                    time.sleep(random.uniform(0, min(0.05 * 2**attempt, 1.6)))  # noqa: S311
        raise AssertionError("unreachable")


def _taken(error: Exception) -> bool:
    """Whether a unique value was there already: perhaps another transaction came first, so worth a look."""
    return isinstance(error, driver_errors.Neo4jError) and error.code == _NOT_UNIQUE


def answers(endpoint: Endpoint) -> bool:
    """Whether the database answers a query now. Raises `GraphUnreachable` when it refuses the password."""
    driver = _driver(endpoint, 2.0)
    try:
        with driver.session(database=endpoint.database) as session:
            session.run("RETURN 1 AS one").consume()
    except driver_errors.AuthError as error:
        raise GraphUnreachable("图数据库不接受这个用户或密码") from error
    except (driver_errors.DriverError, driver_errors.Neo4jError, OSError):
        return False
    else:
        return True
    finally:
        driver.close()


def _driver(endpoint: Endpoint, timeout: float) -> neo4j.Driver:
    try:
        return neo4j.GraphDatabase.driver(
            endpoint.url,
            auth=(endpoint.user, endpoint.password),
            connection_timeout=timeout,
            connection_acquisition_timeout=timeout + 5,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
            user_agent="weinao",
        )
    except (driver_errors.ConfigurationError, ValueError) as error:
        raise GraphUnreachable("图数据库地址的格式不对") from error


@contextmanager
def _translated(endpoint: Endpoint) -> Iterator[None]:
    """Driver errors as errors of ours, the more special ones first."""
    try:
        yield
    except driver_errors.IncompleteCommit as error:
        raise CommitUncertain(f"提交时与 {endpoint.url} 的连接中断") from error
    except driver_errors.AuthError as error:
        raise GraphUnreachable(f"{endpoint.url} 不接受这个用户或密码") from error
    except driver_errors.TransientError as error:
        raise GraphUnreachable(f"{endpoint.url} 一直繁忙：{error.code}", remedy="请稍后重跑同一命令。") from error
    except (driver_errors.DriverError, OSError) as error:
        raise GraphUnreachable(f"{endpoint.url} 没有应答：{type(error).__name__}") from error
    except driver_errors.Neo4jError as error:
        if (error.code or "").startswith(_TIMED_OUT):
            raise QueryTimedOut("图数据库在时限内没有答完") from error
        raise StatementRefused(f"图数据库拒绝了语句：{error.code}") from error


_AS_IT_IS = frozenset({str, int, float, bool, type(None)})


def _rows(result: neo4j.Result) -> list[dict[str, Any]]:
    keys = result.keys()
    return [{key: _plain(value) for key, value in zip(keys, record.values(), strict=True)} for record in result]


def _plain(value: Any) -> Any:
    """A value of the driver as plain Python; ISO text for a duration or a time of day."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is list:
        return [item if type(item) in _AS_IT_IS else _plain(item) for item in value]
    if kind is dict:
        return {key: item if type(item) in _AS_IT_IS else _plain(item) for key, item in value.items()}
    if kind is Date or kind is DateTime:
        return value.to_native()
    if isinstance(value, Node | Relationship):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, Path):
        return [_plain(item) for item in (*value.nodes, *value.relationships)]
    if isinstance(value, Duration | Time):
        return value.iso_format()
    return value
