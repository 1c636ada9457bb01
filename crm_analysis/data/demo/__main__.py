"""``python -m crm_analysis.data.demo [FOLDER]``: write the demo company, by default over ``data/demo``."""

import sys

from crm_analysis.data.demo import company

company.write(sys.argv[1] if len(sys.argv) > 1 else company.FOLDER)
