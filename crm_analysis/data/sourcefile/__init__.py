"""The source file: what the analyst says about tables, columns, formulas and options, checked once."""
