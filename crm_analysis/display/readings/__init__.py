"""What the figures mean, in words: finished tables and figures in, sentences out.

Nothing is typed here that the data decides; a judgement names the cut it was made by. One module per notebook.
"""

from crm_analysis.display.readings.customers import customer_base
from crm_analysis.display.readings.rfm import rfm

__all__ = ["customer_base", "rfm"]
