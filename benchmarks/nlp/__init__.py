"""How well and how fast trained models of complaint text do, on files that are given."""
