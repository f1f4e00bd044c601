"""Rendering: results in, one file out. Nothing here knows a rule."""
