"""Complaints and service in words: whom to call, which promise breaks, what a late result costs."""

from crm_analysis.display import numbers
from crm_analysis.display import steps as todo
from crm_analysis.display.readings.satisfaction import improve_first, satisfaction, satisfaction_and_loyalty
from crm_analysis.display.words import joined, say, sentence, tr


def service_first(importance, promises, calls, recovery, currency=""):
    """What to do first about satisfaction and service, the most pressing first.

    ``importance``: ``importance.table``; ``promises``: ``service.kept``; ``calls``: ``open_cases.call_list``; ``recovery``:
    ``recovery.table``. Each is empty where its table is absent.
    """
    due = promises.dropna(subset="kept_share")
    late = _row(recovery, "Result late or none")
    steps = []
    if len(calls):
        past = calls[calls["overdue_hours"] > 0]
        steps.append(sentence(
            "Call {n} customers today; for {past} of them a promise is already broken. Together the {n} brought {revenue} in the "
            "last year.", currency, n=(calls["customer_id"].nunique(), "count"), past=(past["customer_id"].nunique(), "count"),
            revenue=(calls.drop_duplicates("customer_id")["recent_revenue"].sum(), "money"),
        ))  # fmt: skip
    if late is not None and late["ratio_high"] < 1:
        steps.append(sentence(
            "Give every complaint its result in time: of customers whose result was late, {left} of those who would have bought "
            "again stayed away ({low} to {high}).",
            left=(1 - late["ratio"], "share"), low=(1 - late["ratio_high"], "share"), high=(1 - late["ratio_low"], "share"),
        ))  # fmt: skip
    if len(due):
        worst = due.sort_values("kept_share").iloc[0]
        steps.append(sentence(
            "Mend the promise that breaks most: “{step}” within {hours} hours is kept in {share} of the cases.",
            step=(worst["step"], "term"), hours=(worst["promised_hours"], "count"), share=(worst["kept_share"], "share"),
        ))  # fmt: skip
    steps.append(improve_first(importance))
    if not len(due):
        steps.append(
            tr("Keep a log of complaints: without one it cannot be told how fast they are answered and whom they cost.")
        )
    if importance.empty:
        steps.append(
            tr("Ask customers what they expect and what they get: without a survey satisfaction cannot be told.")
        )
    return todo.show(steps)


def satisfaction_and_service(about_satisfaction, about_loyalty, about_service):
    """All sentences of report 07: each argument is a tuple with the arguments of the function that tells of it."""
    told = [*satisfaction(*about_satisfaction), *satisfaction_and_loyalty(*about_loyalty), *service(*about_service)]
    return say(*(told or [tr("This data holds neither answers nor complaints nor returns: nothing can be said.")]))


def service(volume, returned, durations, reasons, recurrence, recovery, risk, currency=""):
    """Sentences on complaints, a list. ``volume``, ``returned`` and ``durations``: of ``service``; ``reasons`` and
    ``recurrence``: of ``complaints``; ``recovery``: ``recovery.table``; ``risk``: ``open_cases.at_risk``.
    """
    told = [
        _returned(returned),
        _volume(volume),
        _times(durations),
        _reasons(reasons),
        _again(recurrence),
        *_came_back(recovery),
        _risk(risk, currency),
    ]
    return [t for t in told if t]


def _returned(returned):
    goods, people = returned["return_share"], returned["returning_share"]
    if numbers.is_missing(goods.value):
        return None
    return sentence(
        "{goods} of the window's revenue came back ({low} to {high}); {people} of its customers returned something.",
        goods=(goods.value, "share"), low=(goods.low, "share"), high=(goods.high, "share"), people=(people.value, "share"),
    )  # fmt: skip


def _volume(volume):
    if not volume["cases"]:
        return None
    rate = not numbers.is_missing(volume["per_1000_orders"])
    return sentence(
        "{cases} complaints in the window, {rate} per 1,000 orders; {valid} of those decided were found justified." if rate else
        "{cases} complaints in the window; {valid} of those decided were found justified.",
        cases=(volume["cases"], "count"), rate=numbers.text(volume["per_1000_orders"], "number", decimals=1),
        valid=(volume["valid_share"].value, "share"),
    )  # fmt: skip


def _times(durations):
    rows = durations[durations["step"] == "Result"]
    if rows.empty:
        return None
    row = rows.iloc[0]
    known = not numbers.is_missing(row["p90_hours"])
    return sentence(
        "Half of the complaints have their result within {median} hours, nine in ten within {p90}; the {open} open ones are "
        "counted as long as they have been waiting." if known else
        "Half of the complaints have their result within {median} hours; the {open} open ones are counted as long as they have "
        "been waiting.",
        median=numbers.text(row["median_hours"], "number", decimals=0), open=(row["open"], "count"),
        p90=numbers.text(row["p90_hours"], "number", decimals=0),
    )  # fmt: skip


def _reasons(reasons):
    if reasons.empty:
        return None
    few = reasons[reasons["cumulative_share"].shift(1, fill_value=0.0) < 0.8 - 1e-9]
    return sentence("{few} of {all} kinds make up {share} of the complaints: {names}.", few=(len(few), "count"),
                    all=(len(reasons), "count"), share=(few["case_share"].sum(), "share"), names=joined(few["kind"]))  # fmt: skip


def _again(recurrence):
    table = recurrence.set_index("group")
    timely, late = table.loc["Result in time"], table.loc["Result late or none"]
    if not timely["n"] or not late["n"]:
        return None
    apart = timely["recurred_high"] < late["recurred_low"]
    return sentence(
        "After a result in time {timely} complain again of the same, after a late one {late}." if apart else
        "After a result in time {timely} complain again of the same, after a late one {late}: too few cases to tell them apart.",
        timely=(timely["recurred_share"], "share"), late=(late["recurred_share"], "share"),
    )  # fmt: skip


def _came_back(recovery):
    late, timely, back = (_row(recovery, g) for g in ("Result late or none", "Result in time", "Goods returned"))
    for row, template in (
        (
            late,
            "After a late result {again} of the customers bought again; of alike customers without a complaint {expected}.",
        ),
        (timely, "After a result in time {again} bought again; of alike customers {expected}."),
        (back, "After a return of goods {again} bought again; of alike customers {expected}."),
    ):
        if row is not None:
            yield sentence(template, again=(row["again_share"], "share"), expected=(row["expected_share"], "share"))
    if late is not None or timely is not None or back is not None:
        yield tr(
            "Alike means: same quarter, as many purchases so far, bought as recently, spent as much. It is no experiment."
        )


def _risk(risk, currency):
    if not risk["cases"] or numbers.is_missing(risk["revenue_at_risk"]):
        return None
    loss = not numbers.is_missing(risk["expected_loss"]) and risk["overdue"] > 0
    return sentence(
        "{cases} cases are without a result, {overdue} of them past the promise; their customers brought {revenue} in the last "
        "year. If late results drive away as many as so far, {loss} of a year's revenue is lost with those past the promise."
        if loss else
        "{cases} cases are without a result, {overdue} of them past the promise; their customers brought {revenue} in the last "
        "year.",
        currency, cases=(risk["cases"], "count"), overdue=(risk["overdue"], "count"), revenue=(risk["revenue_at_risk"], "money"),
        loss=(risk["expected_loss"], "money"),
    )  # fmt: skip


def _row(recovery, group):
    """The row of a group that could be compared, or None."""
    rows = recovery[(recovery["group"] == group) & recovery["ratio"].notna()]
    return rows.iloc[0] if len(rows) else None
