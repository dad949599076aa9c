"""The components of the reader, each registered with spaCy under its module's name (see nlp/config.cfg)."""
