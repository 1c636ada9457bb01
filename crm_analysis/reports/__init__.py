"""The way out: notebooks are run, rendered and published as one folder that is whole or absent."""
