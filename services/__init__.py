"""Use cases: the composition root, and one module for each thing a user can ask for."""
