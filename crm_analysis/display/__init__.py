"""The way to the eye: finished tables become charts, tables and sentences; nothing is computed here."""
