"""What the figures mean, in words: finished tables and figures in, sentences out.

Nothing is typed here that the data decides; a judgement names the cut it was made by. One module per notebook.
"""

from crm_analysis.display.readings.customers import customer_base
from crm_analysis.display.readings.loyalty import indicators, loyalty, loyalty_first, needs
from crm_analysis.display.readings.rfm import no_movement, reasons, rfm, rfm_first
from crm_analysis.display.readings.segments import segment_reasons, segments, segments_first
from crm_analysis.display.readings.service import satisfaction_and_service, service_first
from crm_analysis.display.readings.switching import switching
from crm_analysis.display.readings.switching_tables import levers, switching_data, trust
from crm_analysis.display.readings.value import (
    customer_value,
    mend_reasons,
    no_costs,
    tier_moves,
    tier_reasons,
    upgrade_reasons,
    value_first,
    value_plan,
    watch_reasons,
)

__all__ = [
    "customer_base",
    "customer_value",
    "indicators",
    "levers",
    "loyalty",
    "loyalty_first",
    "mend_reasons",
    "needs",
    "no_costs",
    "no_movement",
    "reasons",
    "rfm",
    "rfm_first",
    "satisfaction_and_service",
    "segment_reasons",
    "segments",
    "segments_first",
    "service_first",
    "switching",
    "switching_data",
    "trust",
    "tier_moves",
    "tier_reasons",
    "upgrade_reasons",
    "value_first",
    "value_plan",
    "watch_reasons",
]
