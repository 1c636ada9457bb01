"""Cells to values: how a column is to be read, decided from all its cells, and every row kept or accounted for."""
