"""Databases, warehouses and clusters: asked where they are, read only, silent about how to reach them."""
