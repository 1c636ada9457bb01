"""The likelihood of buy-till-you-die histories with its exact slope and curvature, and the climb to its maximum.

Equal histories are one row with a weight; gamma functions are taken once per distinct number of purchases. The climb
starts on every so many-th history, which brings it near, and ends with a few Newton steps on all of them.
"""

import numpy as np

FEW = 4000  # histories of the first, coarse climb
CHUNK = 8192  # histories at once: what a processor keeps at hand
STEPS = 200


def prepared(x, t_x, age, weight, first=0):
    """What the likelihood needs again and again: a dict.

    ``first``: 1 when the first purchase may be the last, which counts like one more purchase after which to drop out.
    """
    counts, where = np.unique(x, return_inverse=True)
    per_count = np.bincount(where, weights=weight)
    return {
        "x": x, "t_x": t_x, "age": age, "weight": weight, "counts": counts, "per_count": per_count,
        "mortal": (x > 0) | bool(first), "first": first, "least": float(x[(x > 0) | bool(first)].min(initial=1.0)),
    }  # fmt: skip


def likelihood(logs, data):
    """(log likelihood, slope, curvature) at the logarithms of r, alpha, a, b; the curvature is a 4 x 4 matrix.

    For one customer ln L = lnG(r + x) - lnG(r) + r ln alpha + lnB(a, b + y) - lnB(a, b) + ln(A + [y > 0] C), with
    A = (alpha + T)^-(r + x) and C = a / (b + y - 1) (alpha + t_x)^-(r + x); y, the purchases after which the customer
    could have dropped out, is x in BG/NBD and x + 1 in the modified model.
    """
    parameters = np.exp(logs)
    value, slope, curve = _by_count(parameters, data)
    if data["mortal"].any() and parameters[3] + data["least"] + data["first"] <= 1:
        return -np.inf, np.zeros(4), np.zeros((4, 4))
    for at in range(0, len(data["x"]), CHUNK):
        rows = slice(at, at + CHUNK)
        part = _by_history(parameters, *(data[c][rows] for c in ("x", "t_x", "age", "weight", "mortal")), data["first"])
        value, slope, curve = value + part[0], slope + part[1], curve + part[2]
    curve = np.triu(curve) + np.triu(curve, 1).T
    return value, slope * parameters, curve * np.outer(parameters, parameters) + np.diag(slope * parameters)


def _by_history(parameters, x, t_x, age, weight, mortal, first):
    """The part that depends on the times: the two ways to have come here, alive until now, or gone after the last purchase."""
    r, alpha, a, b = parameters
    far, near, many = alpha + age, alpha + t_x, r + x
    longer = np.log(far / near)
    log_near = np.log(near)
    below = np.where(mortal, b + x + (first - 1), 1.0)
    odds = np.where(mortal, many * longer + np.log(a / below), -700.0)
    gone = np.where(mortal, 1 / (1 + np.exp(-np.clip(odds, -700, 700))), 0.0)
    value = weight @ (np.logaddexp(0.0, odds) - many * (log_near + longer))
    far, near, below = 1 / far, 1 / near, 1 / below
    w_gone = weight * gone
    w_alive, w_both = weight - w_gone, w_gone * (1 - gone)
    here, out = many * near, many * far
    apart = (longer, out - here, below)  # slopes of the odds in r, alpha and (turned round) b; that in a is 1 / a
    weighed = [w_both * one for one in apart]
    slope = np.array([
        -(weight @ (log_near + longer)) + w_gone @ longer, -(w_alive @ out + w_gone @ here), w_gone.sum() / a, -(w_gone @ below),
    ])  # fmt: skip
    curve = np.zeros((4, 4))
    curve[0, 0] = weighed[0] @ longer
    curve[0, 1] = weighed[0] @ apart[1] - (w_alive @ far + w_gone @ near)
    curve[0, 2], curve[0, 3] = weighed[0].sum() / a, -(weighed[0] @ below)
    curve[1, 1] = weighed[1] @ apart[1] + w_alive @ (out * far) + w_gone @ (here * near)
    curve[1, 2], curve[1, 3] = weighed[1].sum() / a, -(weighed[1] @ below)
    curve[2, 2] = (w_both.sum() - w_gone.sum()) / a**2
    curve[2, 3] = -weighed[2].sum() / a
    curve[3, 3] = weighed[2] @ below + w_gone @ (below * below)
    return value, slope, curve


def _by_count(parameters, data):
    """The part of the likelihood that depends on the number of purchases only: value, slope, upper curvature."""
    from scipy.special import betaln, digamma, gammaln, polygamma

    r, alpha, a, b = parameters
    counts, n = data["counts"], data["per_count"]
    ends, total = counts + data["first"], data["per_count"].sum()
    value = n @ (gammaln(r + counts) - gammaln(r) + r * np.log(alpha) + betaln(a, b + ends) - betaln(a, b))
    both = n @ (digamma(a + b) - digamma(a + b + ends))
    slope = np.array([
        n @ (digamma(r + counts) - digamma(r) + np.log(alpha)), total * r / alpha, both,
        both + n @ (digamma(b + ends) - digamma(b)),
    ])  # fmt: skip
    curve = np.zeros((4, 4))
    both = n @ (polygamma(1, a + b) - polygamma(1, a + b + ends))
    curve[0, 0] = n @ (polygamma(1, r + counts) - polygamma(1, r))
    curve[0, 1], curve[1, 1] = total / alpha, -total * r / alpha**2
    curve[2, 2] = curve[2, 3] = both
    curve[3, 3] = both + n @ (polygamma(1, b + ends) - polygamma(1, b))
    return float(value), slope, curve


def maximum(x, t_x, age, weight, first, start):
    """The logarithms of r, alpha, a, b at the maximum, the log likelihood there, and their covariance; None without one."""
    every = -(-len(x) // FEW)
    for step in sorted({every, 1}, reverse=True):
        data = prepared(*(v[::step] for v in (x, t_x, age, weight)), first)
        if step == 1 or data["weight"] @ data["x"] > 0:
            found = _climbed(start, data)
            start = found[0] if found else start
    return found


def _climbed(logs, data):
    """Newton's steps, kept uphill: damped where the surface bends the wrong way, halved where they overshoot."""
    total = data["weight"].sum()
    value, slope, curve = likelihood(logs, data)
    for _ in range(STEPS):
        near = np.abs(slope).max() < 1e-7 * total
        step = np.linalg.solve(_downward(curve, total), slope)
        if near:  # the next point is this one to the last digits
            logs, value = logs + step, value + slope @ step / 2
            break
        step *= min(1.0, 2.0 / np.abs(step).max())
        for _ in range(40):
            there = likelihood(logs + step, data)
            if there[0] > value - 1e-12 * abs(value):
                break
            step = step / 2
        logs, (value, slope, curve) = logs + step, there
    flat = np.linalg.eigvalsh(-curve / total)
    if not np.isfinite(value) or np.abs(slope).max() > 1e-7 * total or flat[0] < -1e-9 or np.abs(logs).max() > 50:
        return None
    return logs, float(value), np.linalg.pinv(-curve, hermitian=True)


def _downward(curve, total):
    """The curvature turned round, with what has to be added so that its step leads uphill."""
    values, vectors = np.linalg.eigh(-curve)
    return (vectors * np.maximum(np.abs(values), 1e-6 * total)) @ vectors.T
