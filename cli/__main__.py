"""`python -m cli` is `weinao`."""

from cli.main import main

main()
