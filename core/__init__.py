"""What every part stands on: settings, errors, logging, value types, code tables and the catalogue."""
