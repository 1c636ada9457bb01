"""The way out: notebooks are run, rendered and published as one folder that is whole or absent."""

import sys

# jsonschema, under nbformat, compiles a grammar for internationalised addresses as it is imported: seconds of start-up
# for every process, and no notebook has such addresses. It does without where the package is absent.
if "jsonschema" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None
    import jsonschema  # noqa: F401

    del sys.modules["rfc3987_syntax"]
