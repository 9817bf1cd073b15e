"""Tables of what was measured, and the files that keep it."""

import json
import os
import statistics
import subprocess

FIGURES = ("cpu", "others", "rate", "p50", "p90", "p99", "p999", "max")

# What the columns of a table are: head, width, which figure, form, factor.
TIMED = (
    ("CPU", 8, "cpu", "%.3f", 1), ("spread", 6, "spread", "%.0f%%", 100),
    ("others", 6, "others", "%.0f%%", 100), ("req/s", 8, "rate", "%.0f", 1),
    ("p50", 7, "p50", "%.0f", 1), ("p99", 7, "p99", "%.0f", 1),
    ("x floor", 7, "to_floor", "%.2f", 1), ("x peer", 7, "to_peer", "%.2f", 1))
PACED = TIMED[:4] + (
    ("p50", 7, "p50", "%.1f", 1), ("p99", 7, "p99", "%.1f", 1),
    ("p99.9", 8, "p999", "%.1f", 1), ("max", 8, "max", "%.1f", 1))
IDLE = (
    ("at rest", 9, "rest", "%.0f", 1 / 1024),
    ("B/connection", 12, "each", "%.0f", 1))
QUIET = (("wake-ups", 9, "wakeups", "%.0f", 1),)
COLUMNS = {"paced": PACED, "idle": IDLE, "quiet": QUIET}

EXPLANATION = """\
CPU: microseconds of the server per request, the median of the rounds.
spread: the dearest round to the cheapest one. others: what else ran on the
cores. x floor: to a bare epoll loop that answers with the same bytes. x peer:
to the best peer, which is the one with the least CPU time in that row; both
are the median of what each round says, as the machine drifts between them. p50,
p99, max: microseconds; with a fixed rate they count from the time that a
request was due. A goal of mynahd is met ("ok") or MISSED.
"""


def medians(turns, kind):
    """The figures of a server in a row, from all its turns."""
    got = {"kind": kind, "rounds": [turn.cpu for turn in turns]}
    for name in FIGURES:
        values = [getattr(turn, name) for turn in turns]
        got[name] = None if None in values else statistics.median(values)
    got["spread"] = max(got["rounds"]) / min(got["rounds"]) - 1
    return got


def best_peer(results):
    """The name of the peer with the least CPU time; None without peers."""
    peers = [name for name, got in results.items()
             if got["kind"] not in ("floor", "mynahd") and "cpu" in got]
    return min(peers, key=lambda name: results[name]["cpu"], default=None)


def ratio(results, name, other, figure="cpu"):
    """Of CPU time round by round: the machine may drift between them."""
    if other not in results or not results[other].get(figure):
        return None
    got, held = results[name], results[other]
    if figure == "cpu" and len(got.get("rounds", ())) > 0 and \
            len(got["rounds"]) == len(held.get("rounds", ())):
        return statistics.median(
            a / b for a, b in zip(got["rounds"], held["rounds"]))
    return got[figure] / held[figure]


def add_ratios(results):
    best = best_peer(results)
    for name, got in results.items():
        if "cpu" in got:
            got["to_floor"] = ratio(results, name, "floor")
            got["to_peer"] = ratio(results, name, best)


def judge(row, results, name):
    """The goals of a row: what is measured, its value, the goal."""
    got = results[name]
    possible = (
        ("x floor", got.get("to_floor"), row.goal_floor),
        ("x peer", got.get("to_peer"), row.goal_peer),
        ("p99 x peer", ratio(results, name, best_peer(results), "p99"),
         row.goal_p99),
        ("KiB at rest", got.get("rest", 0) / 1024, row.goal_rest),
        ("B/connection", got.get("each"), row.goal_each),
        ("wake-ups", got.get("wakeups"), row.goal_wakeups))
    return [some for some in possible
            if some[2] is not None and some[1] is not None]


def shown(value, form="%.2f"):
    return "-" if value is None else form % value


def goals_shown(row, results, name):
    if results[name]["kind"] != "mynahd":
        return ""
    return ", ".join("%s %s %g" % (
        what, "ok" if value <= goal else "MISSED", goal)
        for what, value, goal in judge(row, results, name))


def table(row, results):
    """The lines of a row: a title, and a line for each server."""
    columns = COLUMNS.get(row.kind, TIMED)
    lines = ["", "%s: %s" % (row.name, row.title), "  %-10s %s  goals" % (
        "", " ".join("%*s" % (width, head)
                     for head, width, _, _, _ in columns))]
    for name, got in results.items():
        values = []
        for _, width, figure, form, factor in columns:
            value = got.get(figure)
            values.append("%*s" % (width, shown(
                None if value is None else value * factor, form)))
        lines.append(("  %-10s %s  %s" % (
            name, " ".join(values),
            goals_shown(row, results, name))).rstrip())
    return lines + ["  (%s)" % note for note in row.notes]


def is_disturbed(all_results, share):
    return any((got.get("others") or 0) > share
               for results in all_results.values()
               for got in results.values())


def summary(rows, all_results):
    """One line for each row and mynahd: what came out, beside its goal."""
    lines = ["%-37s %10s %14s %14s  %s" % (
        "", "CPU us", "x floor", "x peer", "best peer")]
    for row in rows:
        results = all_results.get(row.name, {})
        for name, got in results.items():
            if got["kind"] == "mynahd" and "cpu" in got and row.kind != "paced":
                lines.append(summary_line(row, results, name))
    return lines


def summary_line(row, results, name):
    got = results[name]
    title = row.title if name == "mynahd" else "%s (%s)" % (row.title, name)
    cells = []
    for value, goal in ((got["to_floor"], row.goal_floor),
                        (got["to_peer"], row.goal_peer)):
        beside = "" if goal is None else " (%s%.2f)" % (
            "" if value is None or value <= goal else "!", goal)
        cells.append(shown(value) + beside)
    return "%-37s %10.2f %14s %14s  %s" % (
        title, got["cpu"], *cells, best_peer(results) or "-")


def heading(options, about, versions):
    """What is needed to judge the figures, and to get them again."""
    lines = ["%s: %s" % pair for pair in about.items()]
    lines.append("servers: " + ", ".join(
        ("%s %s" % pair).strip() for pair in versions.items()))
    lines.append("%d rounds of %d s; servers on core %d, the load on core %d"
                 % (options.rounds, options.seconds, options.server_core,
                    options.load_core))
    return lines


def save(directory, text, everything):
    with open(os.path.join(directory, "results.txt"), "w",
              encoding="utf-8") as out:
        out.write("\n".join(text) + "\n")
    with open(os.path.join(directory, "results.json"), "w",
              encoding="utf-8") as out:
        json.dump(everything, out, indent=1, sort_keys=True)
        out.write("\n")


# ---- the chart ----

SHOWN = ("floor", "mynahd", "nginx", "lighttpd", "h2o")


def chart_data(rows, all_results):
    """A line for each row: CPU time to that of the best peer."""
    lines = ["\t".join(("row",) + SHOWN)]
    for row in rows:
        results = all_results.get(row.name, {})
        best = best_peer(results)
        if best is None or row.kind not in ("wrk", "echo"):
            continue
        lines.append("\t".join(['"%s"' % row.short] + [
            shown(ratio(results, name, best), "%.3f")
            if name in results else "-" for name in SHOWN]))
    return lines


def draw(gnuplot, here, lines, work, target):
    data = os.path.join(work, "chart.tsv")
    with open(data, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    subprocess.run([gnuplot, "-c", os.path.join(here, "chart.gp"), data,
                    target], check=True)
