"""Complaint text to entities, place, category and parties: the reader (see nlp.reading)."""
