"""Screens: views only. Every one gets its data as an object, and every button calls the pipeline.

Whoever opens a page can read the state of every widget on it, shown or not: a widget holds the
shown page and nothing else.
"""
