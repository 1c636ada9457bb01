"""What the own log alone says of its customers' value, and how far it could be trusted before."""

from crm_analysis.display.words import sentence, tr

WEAK_CORRELATION = 0.3  # of how often and how much: beyond it the model of spending misleads
SHORT = 0.25  # a total foretold this far off is told as a warning


def own_value(profile, total, check, currency=""):
    """Sentences on the value of the own customers, a list of texts.

    ``profile``: of ``clv_own.learn``; ``total``: of ``clv_own.summary``; ``check``: of ``clv_own.checked``, or None.
    """
    said = [sentence(
        "Our own log alone, by the buy-till-you-die model: of {n} customers {alive} are expected to be still with us; one is worth "
        "{mean} on average, all together {total}. It sees no rival and no category, so it cannot be compared with the values above.",
        currency, n=(total["customers"], "count"), alive=(total["alive"], "count"), mean=(total["mean_clv"], "money"),
        total=(total["total_clv"], "money"),
    )]  # fmt: skip
    if abs(profile.correlation) > WEAK_CORRELATION:
        said.append(sentence(
            "Who buys often also spends differently per purchase (correlation {r}), which the model takes as nothing: distrust single "
            "values.", r=(profile.correlation, "number"),
        ))  # fmt: skip
    if check is None:
        return [*said, tr("It could not be checked: the log is too short to hold out its last part.")]
    best, model = check.rules.iloc[0], check.rules[check.rules["rule"] == "buy till you die"].iloc[0]
    off = {
        "days": (check.days, "days"), "expected": (model["expected"], "count"), "bought": (model["bought"], "count"),
        "error": (abs(model["total_error"]), "share"),
    }  # fmt: skip
    if best["rule"] == "buy till you die":
        said.append(sentence(
            "Held against the last {days} days it foretold {expected} purchases where {bought} were made, {error} off, and customer "
            "by customer it beat every naive rule.", **off,
        ))  # fmt: skip
    else:
        said.append(sentence(
            "Held against the last {days} days it foretold {expected} purchases where {bought} were made, {error} off; customer by "
            "customer a naive rule did better: {rule}.", rule=(best["rule"], "term"), **off,
        ))  # fmt: skip
    if abs(model["total_error"]) > SHORT:
        said.append(tr("That is far off: the values from the own log are an upper bound at best."))
    return said
