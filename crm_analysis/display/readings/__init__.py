"""What the figures mean, in words: finished tables and figures in, sentences out.

Nothing is typed here that the data decides; a judgement names the cut it was made by. One module per notebook.
"""

from crm_analysis.display.readings.customers import customer_base
from crm_analysis.display.readings.loyalty import loyalty, loyalty_first, needs
from crm_analysis.display.readings.rfm import rfm
from crm_analysis.display.readings.service import satisfaction_and_service, service_first

__all__ = ["customer_base", "loyalty", "loyalty_first", "needs", "rfm", "satisfaction_and_service", "service_first"]
