"""The analyses, one idea per file: ``learn`` something small, ``score`` every customer with it."""
