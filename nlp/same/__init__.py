"""Which calls speak of the same matter: pure algorithms, from what a reading leaves to duplicates and follow-ups.

`imprint` keeps of a reading what two calls are compared by; `Calls` holds many imprints as arrays; `candidates` pairs
those that share a rare trait, each with few others; `weigh` says how surely a pair is about one matter, and why; `join`
makes matters of the pairs.
"""
