"""The way in: what the tables must look like, where they come from, and how they are checked."""
