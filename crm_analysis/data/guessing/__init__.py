"""A guess of the source file from names and cells, with reasons, for the analyst to confirm."""
