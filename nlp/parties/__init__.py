"""Who has a part in a complaint: mentions, which of them are one party, and what the party has to do with it."""
