"""Run by the kill test as a process of its own: `load_in_process.py LAKE MAPPING FILE BATCH_ROWS WORKERS`."""

from __future__ import annotations

import sys
from pathlib import Path

from core.settings import CryptoSuite
from governance.keys import MasterKey
from governance.sealing import SealingVault
from loaders.feeds.catalogue import load_mapping
from loaders.feeds.loading import load_file
from loaders.lake.store import Lake


def main() -> None:
    lake, mapping, file, batch_rows, workers = sys.argv[1:]
    vault = SealingVault(MasterKey(CryptoSuite.SM, bytes(range(32))), CryptoSuite.SM)
    chosen = load_mapping(Path(mapping))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    load_file(Path(file), chosen, lake=Lake(Path(lake)), vault=vault, batch_rows=int(batch_rows), workers=int(workers))


if __name__ == "__main__":
    main()
