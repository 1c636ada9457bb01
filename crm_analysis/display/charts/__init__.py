"""Charts: finished tables in, pictures out, each with a title, units and a text for those who cannot see it.

One module per subject; a notebook calls them all by this one name, ``charts.months(...)``.
"""

from crm_analysis.display.charts.base import Chart, use_style
from crm_analysis.display.charts.common import grid, shares
from crm_analysis.display.charts.customers import cohorts, lorenz, months
from crm_analysis.display.charts.loyalty import loyalty_map, nps
from crm_analysis.display.charts.satisfaction import importance_performance, loyalty_steps
from crm_analysis.display.charts.service import waiting

__all__ = [
    "Chart",
    "cohorts",
    "grid",
    "importance_performance",
    "lorenz",
    "loyalty_map",
    "loyalty_steps",
    "months",
    "nps",
    "shares",
    "use_style",
    "waiting",
]
