"""Harbour & Hill: a seeded demo company with a known truth; ``python -m crm_analysis.data.demo`` makes it anew."""
