"""Speed and memory beside named peers, in one run: ``python -m benchmarks``. See README.md here."""
