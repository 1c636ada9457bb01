"""The door as a scorer of nasty files wants it: ``corpus(path, options)``."""

from crm_analysis.data import checks


def corpus(path, options):
    """The verdict on one file."""
    return checks.check(path, **options)
