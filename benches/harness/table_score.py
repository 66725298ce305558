"""How much larger our errors on tables are than a peer's: one ratio, with an interval over tables.

The error of a table is the mean over its splits. A table's ratio is that of RMSE for numbers; for classes the mean of
the logarithms for 1 − AUC and for log loss, each floored. The score is the exponential of the mean over tables with
enough test rows.
"""

import math
import random

FLOOR = 1e-3
MIN_TEST_ROWS = 200
RESAMPLES = 10_000


def errors(results, table, peer):
    """Each error of a contestant on a table, averaged over its splits; `None` unless all splits succeeded."""
    own = [line for line in results if line["table"] == table and line["peer"] == peer]
    if not own or any("seconds" not in line for line in own):
        return None
    mean = lambda key: sum(line[key] for line in own) / len(own)
    if "rmse" in own[0]:
        return {"rmse": mean("rmse")}
    return {"1 − AUC": max(1 - mean("auc"), FLOOR), "log loss": max(mean("log_loss"), FLOOR)}


def log_ratio(results, table, ours, theirs):
    """Mean logarithm of our errors over a peer's on a table; below 0 we are better."""
    mine, other = errors(results, table, ours), errors(results, table, theirs)
    if mine is None or other is None:
        return None
    return sum(math.log(mine[key] / other[key]) for key in mine) / len(mine)


def interval(values, seed=0):
    """The middle 95 % of the means of resampled tables."""
    draw = random.Random(seed)
    means = sorted(sum(draw.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES))
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES) - 1]


def score(results, about, ours, theirs):
    """Score, interval and the tables that count, or `None` without any."""
    ratios = {table: log_ratio(results, table, ours, theirs) for table in about}
    counted = {
        table: ratio for table, ratio in ratios.items()
        if ratio is not None and about[table]["test_rows"] >= MIN_TEST_ROWS
    }
    if not counted:
        return None
    values = list(counted.values())
    low, high = interval(values)
    return {
        "ratio": math.exp(sum(values) / len(values)), "low": math.exp(low), "high": math.exp(high), "tables": counted,
    }


def cell(found):
    if found is None:
        return ""
    if "rmse" in found:
        return f"{found['rmse']:.4g}"
    return f"{1 - found['1 − AUC']:.4f} / {found['log loss']:.4f}"


def document(results, about, contestants):
    """Errors of everyone on every table, then the scores of the first contestant against each other one."""
    ours, *peers = contestants
    lines = ["AUC / log loss of classes, RMSE of numbers; means over the splits.", ""]
    lines += ["| table | test rows | " + " | ".join(contestants) + " |", "|---|---|" + "---|" * len(contestants)]
    for table, facts in about.items():
        cells = [cell(errors(results, table, peer)) for peer in contestants]
        lines.append(f"| {table} | {facts['test_rows']} | " + " | ".join(cells) + " |")
    seconds = [
        sum(line.get("seconds", 0) for line in results if line["peer"] == peer and line["table"] in about)
        for peer in contestants
    ]
    lines.append("| seconds, all splits | | " + " | ".join(f"{total:.1f}" for total in seconds) + " |")
    lines += ["", f"Errors of {ours} as a multiple of the peer's (below 1: fewer), 95 % interval over tables:", ""]
    for peer in peers:
        for task in ("classification", "regression"):
            of_task = {table: facts for table, facts in about.items() if facts["task"] == task}
            found = score(results, of_task, ours, peer)
            if found:
                each = ", ".join(f"{table} {math.exp(ratio):.2f}" for table, ratio in found["tables"].items())
                lines.append(
                    f"- {peer}, {task}, {len(found['tables'])} tables: "
                    f"**{found['ratio']:.3f}** ({found['low']:.3f} to {found['high']:.3f}); {each}"
                )
    small = [table for table, facts in about.items() if facts["test_rows"] < MIN_TEST_ROWS]
    if small:
        lines.append(f"- not counted, fewer than {MIN_TEST_ROWS} test rows: {', '.join(small)}")
    return "\n".join(lines + problems(results, about, contestants)) + "\n"


def problems(results, about, contestants):
    """What did not run."""
    said = {}
    for line in results:
        reason = line.get("failed")
        if reason and line["table"] in about and line["peer"] in contestants:
            said.setdefault((line["peer"], reason), {})[line["table"]] = True
    return [f"- {peer}, {', '.join(tables)}: {reason}" for (peer, reason), tables in said.items()]
