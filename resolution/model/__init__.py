"""A kind's declaration (what is compared, how pairs are found) and its trained parameters."""
