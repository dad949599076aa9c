"""Figures: each script prints rates and their ratio to a raw baseline measured beside it, in the same run."""
