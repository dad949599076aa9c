"""Entity resolution on public data, beside plain Splink with its documentation's own model."""
