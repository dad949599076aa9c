"""The in-browser explorer: GraphiQL from files that we serve ourselves, and no other host."""
