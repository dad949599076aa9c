"""Training and measuring models of complaint text on files of one's own; `nlp.models` runs what comes out."""
