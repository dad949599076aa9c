"""Trained models of complaint text: what runs them. How they are made stands in `nlp.training`.

A model is a directory of arrays and JSON (see `nlp.models.store`): loading one executes nothing of it.
"""
