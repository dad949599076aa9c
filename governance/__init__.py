"""Who may see what, and what rests sealed: access, masking, sealing, audit."""
