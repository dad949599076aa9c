"""A projection in a process of its own, which kills itself at a given statement.

python -m tests.graph.store.projector URL PASSWORD_FILE SEED BATCH STATEMENT
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from graph.projection import project
from graph.store import Endpoint, GraphStore, Transaction
from tests.contract.log import Log, random_log


def kill_at(statement: int, victim: int) -> None:
    """SIGKILL `victim` at the n-th statement of all transactions of this process.

    Odd ones die before the statement is sent, even ones when it was answered and its transaction is still open.
    """
    run = Transaction.run
    seen = 0

    def counted(self: Transaction, cypher: str, **params: object) -> list[dict[str, object]]:
        nonlocal seen
        seen += 1
        if seen == statement and statement % 2:
            os.kill(victim, signal.SIGKILL)
        rows = run(self, cypher, **params)
        if seen == statement and not statement % 2:
            os.kill(victim, signal.SIGKILL)
        return rows

    Transaction.run = counted  # type: ignore[method-assign]


def project_all(store: GraphStore, log: Log, batch: int) -> None:
    """As if the log had grown batch by batch; what the graph has seen already is passed over."""
    for seq in range(1, log.newest() + 1):
        project(store, log.upto(seq), batch=batch)


def main() -> None:
    url, password_file, seed, batch, statement = sys.argv[1:]
    endpoint = Endpoint(url, "root", Path(password_file).read_text(encoding="utf-8"), "weinao")
    with GraphStore.connect(endpoint) as store:
        kill_at(int(statement), os.getpid())
        project_all(store, random_log(int(seed)), int(batch))


if __name__ == "__main__":
    main()
