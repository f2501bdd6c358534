"""Whole archives of films: found, shared out to workers, kept in a ledger, and told in one table and one page."""
