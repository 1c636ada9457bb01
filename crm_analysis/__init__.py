"""Analytical CRM: from an order log to decisions about customers.

Where a thing lives::

    data/       the way in: the tables' contract, sources, checks, the customer table, the demo company
    methods/    the analyses: each learns something small, then applies it to every customer
    display/    the way to the eye: charts, tables, sentences, headline figures
    reports/    the way out: runs the notebooks, renders and publishes; the only room that knows Jupyter
    cli.py      the command ``crm-analysis``

Imports run one way: ``methods`` may import ``data``; ``display`` imports neither and takes finished
tables; ``reports`` runs notebooks and imports no method.
"""
