"""One module a group of departments; each writes its files as that department delivers them."""
