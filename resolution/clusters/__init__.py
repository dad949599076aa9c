"""From scored pairs to clusters, and from clusters to entity ids that stay."""
