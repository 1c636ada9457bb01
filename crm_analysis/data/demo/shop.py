"""The demo company's shop: who its customers are, when they order and what lies in the basket.

Inside the ``demo`` modules days are whole days since ``START``, money is whole cents, and a customer is its
row number. Text, dates and euros appear only when ``demo`` writes the files.

All chance comes from ``numpy.random.RandomState``, whose stream of numbers is frozen by NumPy's policy (NEP 19),
so the same seed gives the same company under every NumPy. Each topic has a stream of its own: adding a table later
does not disturb the others. Logarithms and exponentials may differ in the last bit between processors; everything
is rounded to days, cents or two decimals before it is written, which hides that.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

START = np.datetime64("2024-01-01")  # a Monday
END = np.datetime64("2026-06-30")
LAST_DAY = int((END - START).astype(int))
N_CUSTOMERS = 3000
OWN_BRANDS = ("Harbour", "Hillside")


class Segment(NamedTuple):
    """One planted value segment: shares 0-1, orders a year, years of relationship, euros per basket.

    A customer's yearly rate is gamma(``rate_shape``, mean ``rate_mean``); the relationship lasts an exponential time of
    mean ``years_mean``; the mean basket is lognormal around ``basket`` with ``basket_sigma`` on the log scale; an order
    is discounted with a probability that is beta distributed with mean ``discounted``, by one of ``depths`` percent.
    New customers a day are proportional to exp(``acquired_trend`` x), x from -1 at the start of the period to 1 at its
    end, times the season to the power ``acquired_season``. The founding years won the faithful, later price campaigns
    the bargain hunters, and every Christmas brings people who buy one gift.
    """

    name: str
    share: float
    rate_mean: float
    rate_shape: float
    years_mean: float
    basket: float
    basket_sigma: float
    discounted: float
    depths: tuple
    complaints_per_1000: float
    attitude: float
    acquired_trend: float
    acquired_season: float


SEGMENTS = (
    Segment("devoted", 0.06, 17.0, 16.0, 7.0, 52.0, 0.35, 0.06, (10, 10, 15, 20), 22, 0.9, -1.2, 0.5),
    Segment("regular", 0.22, 4.4, 16.0, 5.0, 42.0, 0.30, 0.06, (10, 10, 15, 20), 32, 0.4, -1.2, 0.5),
    Segment("bargain", 0.17, 4.6, 9.0, 3.5, 34.0, 0.30, 0.96, (20, 25, 25, 30), 60, -0.3, 1.2, 0.7),
    Segment("occasional", 0.11, 1.2, 10.0, 5.0, 60.0, 0.25, 0.08, (10, 10, 15, 20), 40, 0.0, -1.4, 0.7),
    Segment("one-timer", 0.44, 0.0, 1.0, 0.0, 24.0, 0.28, 0.06, (10, 10, 15, 20), 60, -0.4, 1.8, 2.2),
)
DEVOTED, REGULAR, BARGAIN, OCCASIONAL, ONE_TIMER = range(5)

# Orders relative to the average month; Christmas is the peak, high summer the trough.
MONTH_SEASON = (0.80, 0.84, 0.88, 0.92, 0.88, 0.80, 0.74, 0.76, 0.95, 1.08, 1.40, 1.95)
WEEKDAY_SEASON = (1.05, 0.95, 0.95, 1.00, 1.15, 1.25, 0.65)  # Monday first
REGIONS = {"North": 0.34, "East": 0.18, "South": 0.27, "West": 0.21}
CHANNELS = {"search": 0.36, "social": 0.24, "shop": 0.28, "fair": 0.12}  # of those nobody referred
REFERRED_SHARE = 0.13
ACQUISITION_GROWTH = 0.5  # of new customers a day from start to end, before the segments' own trends
OFFICE_SHARE = 0.05  # of devoted and regular customers: offices and cafes with large baskets
OFFICE_FACTOR = 4.0
DEMANDING_SHARE, DEMANDING_OFFICE_SHARE = 0.035, 0.25  # cost far more to serve than the others, whatever they buy
SPURIOUS_SHARE = 0.18  # of devoted and regular: buy much, like little
LATENT_SHARE = 0.14  # of occasional and one-time buyers: buy little, like much
LINES_PER_ORDER = (0.60, 0.26, 0.10, 0.04)
ORDER_SIGMA = 0.35  # spread of one customer's baskets, log scale

# category, brand, product, list price in cents, cost of goods in percent of it
PRODUCTS = (
    ("coffee", "Harbour", "House 250g", 590, 44), ("coffee", "Harbour", "House 500g", 1090, 44),
    ("coffee", "Harbour", "Espresso 1kg", 2090, 45), ("coffee", "Hillside", "Mild 250g", 490, 42),
    ("coffee", "Hillside", "Mild 500g", 890, 42), ("coffee", "Northstar", "Arabica 500g", 990, 64),
    ("coffee", "Northstar", "Crema 1kg", 1890, 65), ("coffee", "Valmora", "Riserva 250g", 690, 62),
    ("coffee", "Valmora", "Riserva 500g", 1190, 62),
    ("tea", "Harbour", "Breakfast 20", 390, 40), ("tea", "Harbour", "Earl Grey 50", 790, 40),
    ("tea", "Hillside", "Herbal 20", 320, 38), ("tea", "Leafwell", "Green 20", 420, 60),
    ("tea", "Leafwell", "Assam 100g", 890, 60), ("tea", "Orrin", "Rooibos 20", 360, 58),
    ("chocolate", "Harbour", "Dark 100g", 340, 45), ("chocolate", "Harbour", "Drinking 250g", 690, 44),
    ("chocolate", "Montelle", "Pralines", 1290, 60), ("chocolate", "Montelle", "Milk 100g", 310, 61),
    ("chocolate", "Dulcia", "Truffles", 990, 60),
    ("kitchenware", "Hillside", "Mug", 1290, 48), ("kitchenware", "Hillside", "Teapot", 2990, 50),
    ("kitchenware", "Ferrum", "Moka pot", 3490, 63), ("kitchenware", "Ferrum", "Grinder", 6990, 66),
    ("kitchenware", "Kestrel", "Kettle", 4990, 65), ("kitchenware", "Kestrel", "Brewer", 12900, 70),
)  # fmt: skip
CATEGORIES = ("coffee", "tea", "chocolate", "kitchenware")
CATEGORY_SHARE = (0.46, 0.23, 0.21, 0.10)
GIFT_SEASON_FACTOR = (1.0, 1.0, 1.7, 1.6)  # November and December
RETURN_SHARE = (0.022, 0.022, 0.025, 0.085)  # of the lines of each category
DEMANDING_RETURN_FACTOR = 3.0


def stream(seed, topic):
    """The random numbers of one topic (a whole number), independent of the other topics."""
    return np.random.RandomState([seed, topic])


def between(rng, low, high, size):
    """Whole numbers from ``low`` to ``high`` - 1, the same on machines of every word length."""
    return low + np.floor(rng.random_sample(size) * (high - low)).astype(np.int64)


def pick(rng, weights, size=None):
    """Row numbers drawn in proportion to ``weights``: one vector (give ``size``), or one row of weights per draw."""
    cumulative = np.cumsum(np.asarray(weights, dtype=float), axis=-1)
    if cumulative.ndim == 1:
        at = np.searchsorted(cumulative, rng.random_sample(size) * cumulative[-1], side="right")
        return np.minimum(at, len(cumulative) - 1)
    draws = rng.random_sample(len(cumulative)) * cumulative[:, -1]
    return np.minimum((cumulative <= draws[:, None]).sum(axis=1), cumulative.shape[1] - 1)


def of_segment(field, segments):
    """One planted parameter for each customer, from the customer's segment number."""
    return np.array([getattr(s, field) for s in SEGMENTS], dtype=float)[np.asarray(segments)]


def month(days):
    """Month number 0-11 of each day."""
    return (START + np.asarray(days)).astype("datetime64[M]").astype(int) % 12


def season(days):
    """Orders of a day relative to an average day: month times weekday, each of mean one."""
    months = np.array(MONTH_SEASON) / np.mean(MONTH_SEASON)
    weekdays = np.array(WEEKDAY_SEASON) / np.mean(WEEKDAY_SEASON)
    return months[month(days)] * weekdays[np.asarray(days) % 7]


def people(seed):
    """One row per customer in order of acquisition: the observable traits and the hidden truth."""
    rng = stream(seed, 1)
    n = N_CUSTOMERS
    segment = pick(rng, [s.share for s in SEGMENTS], n)
    table = pd.DataFrame({"acquired": _acquired(rng, segment), "segment": segment})
    table = table.sort_values(["acquired", "segment"], ignore_index=True)
    # Numbers rise with acquisition, as in a real register, and all begin with a zero.
    table["customer_id"] = [f"{k:06d}" for k in np.sort(rng.permutation(60000)[:n]) + 101]
    table["region"] = np.array([*REGIONS, ""])[pick(rng, [*REGIONS.values(), 0.02], n)]
    table["contactable"] = rng.random_sample(n) < 0.82
    _relationship(rng, table)
    _attitude(rng, table)
    _referrals(rng, table)
    return table


def _acquired(rng, segment):
    """Day of acquisition of each customer: growth times the trend and the season of the segment."""
    days = np.arange(LAST_DAY + 1)
    growth = 1.0 + ACQUISITION_GROWTH * days / LAST_DAY
    weights = [growth * np.exp(s.acquired_trend * (2 * days / LAST_DAY - 1)) * season(days) ** s.acquired_season
               for s in SEGMENTS]  # fmt: skip
    acquired = np.zeros(len(segment), dtype=int)
    for number, weight in enumerate(weights):
        of_segment = segment == number
        acquired[of_segment] = pick(rng, weight, of_segment.sum())
    return acquired


def _relationship(rng, table):
    """Adds the purchase process of each customer: yearly rate, last day, basket in cents, discounted share."""
    segment, n = table["segment"], len(table)
    shape = of_segment("rate_shape", segment)
    table["rate"] = rng.gamma(shape) * of_segment("rate_mean", segment) / shape
    years = rng.exponential(size=n) * of_segment("years_mean", segment)
    table["end"] = table["acquired"] + np.floor(years * 365.25).astype(int)
    basket = np.exp(rng.standard_normal(n) * of_segment("basket_sigma", segment)) * of_segment("basket", segment)
    buys_often = segment.isin((DEVOTED, REGULAR)).to_numpy()
    table["office"] = buys_often & (rng.random_sample(n) < OFFICE_SHARE)
    table["basket"] = np.where(table["office"], OFFICE_FACTOR, 1.0) * basket * 100
    mean = of_segment("discounted", segment)
    table["discounted"] = rng.beta(14 * mean, 14 * (1 - mean))
    table["demanding"] = rng.random_sample(n) < np.where(table["office"], DEMANDING_OFFICE_SHARE, DEMANDING_SHARE)


def _attitude(rng, table):
    """Adds what customers think of the company (mean 0, spread about 1), for some at odds with what they do."""
    segment, n = table["segment"], len(table)
    draw, noise = rng.random_sample(n), rng.standard_normal(n)
    buys_often = segment.isin((DEVOTED, REGULAR)).to_numpy()
    buys_little = segment.isin((OCCASIONAL, ONE_TIMER)).to_numpy()
    table["spurious"] = buys_often & (draw < SPURIOUS_SHARE)
    table["latent"] = buys_little & (draw < LATENT_SHARE)
    usual = of_segment("attitude", segment) + 0.75 * noise
    table["attitude"] = np.select([table["spurious"], table["latent"]], [-1.2 + 0.3 * noise, 1.3 + 0.3 * noise], usual)


def _referrals(rng, table):
    """Adds the referrer (row number, -1: nobody) and the channel; happy and frequent customers refer more."""
    n = len(table)
    weight = np.exp(0.6 * table["attitude"]) * np.where(table["segment"] == ONE_TIMER, 0.15, 1.0)
    before = np.concatenate([[0.0], np.cumsum(weight)])[np.searchsorted(table["acquired"], table["acquired"])]
    referred = (rng.random_sample(n) < REFERRED_SHARE) & (before > 0)
    referrer = np.searchsorted(np.cumsum(weight), rng.random_sample(n) * before, side="right")
    table["referrer"] = np.where(referred, referrer, -1)
    channel = np.array(list(CHANNELS))[pick(rng, list(CHANNELS.values()), n)]
    table["channel"] = np.where(referred, "referral", channel)


def base_orders(seed, people):
    """Orders of the planted process (customer, day), before complaints and campaigns change it.

    The first order falls on the day of acquisition; the others are a Poisson process of the customer's rate times
    the season, while the relationship lasts. At most one order a day.
    """
    rng = stream(seed, 2)
    open_days = np.minimum(people["end"], LAST_DAY) - people["acquired"]
    peak = season(np.arange(LAST_DAY + 1)).max()
    drawn = rng.poisson(people["rate"] / 365.25 * peak * open_days)
    customer = np.repeat(np.arange(len(people)), drawn)
    day = people["acquired"].to_numpy()[customer] + 1
    day = day + np.floor(rng.random_sample(len(customer)) * open_days.to_numpy()[customer]).astype(int)
    kept = rng.random_sample(len(customer)) * peak < season(np.minimum(day, LAST_DAY))
    later = pd.DataFrame({"customer": customer[kept], "day": day[kept]})
    first = pd.DataFrame({"customer": np.arange(len(people)), "day": people["acquired"]})
    orders = pd.concat([first, later[later["day"] <= LAST_DAY]]).drop_duplicates()
    return orders.sort_values(["day", "customer"], ignore_index=True)


def numbered(orders):
    """The final orders in order of day, with their order numbers as text."""
    orders = orders.sort_values(["day", "customer", "campaign"], ignore_index=True)
    return orders.assign(order_id=[f"H{20001 + k}" for k in range(len(orders))])


def lines(seed, people, orders):
    """One row per order line: what was bought, list price, discount and cost in cents."""
    rng = stream(seed, 3)
    count = 1 + pick(rng, LINES_PER_ORDER, len(orders))
    target = people["basket"].to_numpy()[orders["customer"]] / count
    target = target * np.exp(ORDER_SIGMA * rng.standard_normal(len(orders)))
    depth = _depths(rng, people, orders)
    at = np.repeat(np.arange(len(orders)), count)
    table = orders.iloc[at].reset_index(drop=True)
    table["product"] = _products(rng, people, table)
    price = np.array([p[3] for p in PRODUCTS])[table["product"]]
    most = np.where(people["office"].to_numpy()[table["customer"]], 40, 8)
    table["quantity"] = np.clip(np.floor(target[at] / price + 0.5), 1, most).astype(int)
    full = price * table["quantity"]
    table["discount"] = full * depth[at] // 100
    table["amount"] = full - table["discount"]
    table["cost"] = np.array([p[3] * p[4] // 100 for p in PRODUCTS])[table["product"]] * table["quantity"]
    return _one_line_per_product(table)


def _one_line_per_product(table):
    """A product drawn twice for one order is one line of more units, as on any invoice."""
    keys, sums = ["order_id", "product"], ["quantity", "discount", "amount", "cost"]
    together = table.groupby(keys, sort=False)[sums].sum().reset_index()
    return table.drop_duplicates(keys).drop(columns=sums).merge(together, on=keys, how="left", validate="one_to_one")


def _depths(rng, people, orders):
    """Discount of each order in percent of the list price, mostly zero."""
    who = orders["customer"].to_numpy()
    depths = np.array([s.depths for s in SEGMENTS])[people["segment"].to_numpy()[who], between(rng, 0, 4, len(orders))]
    return np.where(rng.random_sample(len(orders)) < people["discounted"].to_numpy()[who], depths, 0)


def _products(rng, people, table):
    """Product number of each line: the category by season, then in 6 of 10 cases the customer's favourite in it."""
    gifts = month(table["day"]) >= 10
    weights = np.array(CATEGORY_SHARE) * np.where(gifts[:, None], GIFT_SEASON_FACTOR, 1.0)
    category = pick(rng, weights)
    of_category = [[k for k, p in enumerate(PRODUCTS) if p[0] == c] for c in CATEGORIES]
    first, size = np.array([c[0] for c in of_category]), np.array([len(c) for c in of_category])
    # Low prices sell more: the square of a uniform number leans to the front of the list.
    liked = np.floor(rng.random_sample((len(people), len(CATEGORIES))) * size).astype(int)
    other = np.floor(rng.random_sample(len(table)) ** 1.3 * size[category]).astype(int)
    loyal = (rng.random_sample(len(table)) < 0.6) & (category < 3)  # nobody buys the same kettle every month
    return first[category] + np.where(loyal, liked[table["customer"], category], other)


def returns(seed, people, lines):
    """Lines that came back, all or some of the units: own order number (the order's plus ``-R``), negative values.

    One parcel per order, 3 to 28 days later; what comes back after the last day is not in the data.
    """
    rng = stream(seed, 4)
    category = np.array([CATEGORIES.index(p[0]) for p in PRODUCTS])[lines["product"]]
    chance = np.array(RETURN_SHARE)[category]
    chance = chance * np.where(people["demanding"].to_numpy()[lines["customer"]], DEMANDING_RETURN_FACTOR, 1.0)
    comes_back = rng.random_sample(len(lines)) < chance
    units = np.where(rng.random_sample(len(lines)) < 0.5, lines["quantity"], 1)
    order = lines["order_id"].factorize()[0]
    delay = between(rng, 3, 29, order.max() + 1)[order]
    back = lines.assign(day=lines["day"] + delay, units=units)[comes_back & (lines["day"] + delay <= LAST_DAY)]
    for column in ("amount", "discount", "cost"):
        back[column] = -(back[column] * back["units"] // back["quantity"])
    back["quantity"] = -back["units"]
    back["order_id"] = back["order_id"] + "-R"
    return back.drop(columns="units").reset_index(drop=True)
