"""The GraphQL schema: types derived from the catalogue, links that carry their edge, and the root queries."""
