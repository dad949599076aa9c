"""Records into entities: features, model, blocking, clusters, stable ids, golden values, evaluation.

Import what you need from the module that owns it: `resolution.run` (resolve), `resolution.golden`,
`resolution.evaluation`, `resolution.explain`, `resolution.model`. This package itself imports nothing heavy.
"""
