"""Scoring rules as data (TOML), and their loader."""

from perf_excel.rules.loader import Band, Judgement, Profile, RuleError, RuleSet, load_rules

__all__ = ["Band", "Judgement", "Profile", "RuleError", "RuleSet", "load_rules"]
