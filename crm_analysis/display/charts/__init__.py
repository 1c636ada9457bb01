"""Charts: finished tables in, pictures out, each with a title, units and a text for those who cannot see it.

One module per subject; a notebook calls them all by this one name, ``charts.months(...)``.
"""

from crm_analysis.display.charts.base import Chart, use_style
from crm_analysis.display.charts.common import grid, shares
from crm_analysis.display.charts.customers import cohorts, lorenz, months
from crm_analysis.display.charts.equity import brand_values, foretold
from crm_analysis.display.charts.loyalty import loyalty_map, nps
from crm_analysis.display.charts.rfm import flows, score_groups
from crm_analysis.display.charts.satisfaction import importance_performance, loyalty_steps
from crm_analysis.display.charts.segments import segment_choice, snake
from crm_analysis.display.charts.service import reasons, waiting
from crm_analysis.display.charts.switching import brand_flows, sensitivity, share_paths, switching_matrix
from crm_analysis.display.charts.value import value_classes, value_pyramid, whale

__all__ = [
    "Chart",
    "brand_flows",
    "brand_values",
    "cohorts",
    "flows",
    "foretold",
    "grid",
    "importance_performance",
    "lorenz",
    "loyalty_map",
    "loyalty_steps",
    "months",
    "nps",
    "reasons",
    "score_groups",
    "segment_choice",
    "sensitivity",
    "share_paths",
    "shares",
    "snake",
    "switching_matrix",
    "use_style",
    "value_classes",
    "value_pyramid",
    "waiting",
    "whale",
]
