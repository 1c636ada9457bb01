"""The analyses, one idea per file: ``learn`` something small, ``score`` every customer with it.

The files lie side by side, so that a call is an address (``rfm.score`` is ``def score`` in ``rfm.py``). What belongs
together, by the question it answers; the first of each line is where to begin reading::

    who buys              lifecycle value
    RFM                   rfm rfm_cuts rfm_exact rfm_maps rfm_tables rfm_contact
    groups in the data    segments segments_choice segments_names segments_tables lloyd
    who is worth what     pyramid customer_profit profit value_classes scorecard mend upgrade accounts trend
                          relationship playbook
    brand switching       switching panels occasions moves clustered switching_given switching_personal
    may the matrix be used
                          switching_trust switching_checks switching_forecast switching_study chains
    lifetime value        clv equity clv_customers whatif drivers choice switching_lesson
    own log only          clv_own btyd btyd_fit btyd_holdout spend
    loyalty               loyalty loyalty_behaviour loyalty_panel loyalty_prices loyalty_measures loyalty_index
                          loyalty_levels loyalty_types word_of_mouth
    satisfaction          satisfaction survey reliability importance satisfaction_loyalty ordered
    service               service complaints open_cases recovery matching survival
    shared by several     profiles movement intervals
"""
