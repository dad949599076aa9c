"""Real time and the incremental batch: what a run left behind, kept up to date record by record."""
