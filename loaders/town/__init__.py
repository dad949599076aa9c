"""A synthetic town with truth: department files of made-up people, with the mistakes that real files have."""
