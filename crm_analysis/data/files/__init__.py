"""Files to tables of cells: what a file truly is, and one small door per kind of it."""
