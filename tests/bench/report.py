"""Tables of what was measured."""

import statistics


def figures(turns, kind):
    """The medians of all turns of a server in a row."""
    def middle(name):
        values = [getattr(turn, name) for turn in turns]
        return None if None in values else statistics.median(values)
    cpu = [turn.cpu for turn in turns]
    return {
        "kind": kind, "cpu": middle("cpu"), "rate": middle("rate"),
        "p50": middle("p50"), "p99": middle("p99"), "p999": middle("p999"),
        "max": middle("max"), "others": middle("others"), "least": min(cpu), "most": max(cpu),
        "all": cpu}


def best_peer(results):
    """The name of the peer with the least CPU time; None without peers."""
    peers = [name for name, row in results.items()
             if row["kind"] not in ("floor", "mynahd")]
    return min(peers, key=lambda name: results[name]["cpu"], default=None)


def ratio(results, name, other, figure="cpu"):
    if other not in results or not results[other][figure]:
        return None
    return results[name][figure] / results[other][figure]


def shown(value, form="%.2f"):
    return form % value if value is not None else "-"


def print_head(options):
    print("%d rounds of %d s; the server on core %d, the load on core %d" % (
        options.rounds, options.seconds, options.server_core,
        options.load_core))
    print("CPU: microseconds of the server per request; spread: of its "
          "rounds; p50, p99: microseconds; others: what else took of a core")


def judgement(row, results, name):
    said = []
    for goal, value, word in (
            (row.goal_floor, ratio(results, name, "floor"), "floor"),
            (row.goal_peer, ratio(results, name, best_peer(results)),
             "peer"),
            (row.goal_p99, ratio(results, name, best_peer(results), "p99"),
             "p99")):
        if goal is not None and value is not None:
            said.append("%s %s %.2f" % (
                word, "ok" if value <= goal else "MISSED", goal))
    return ", ".join(said)


def print_row(row, results):
    best = best_peer(results)
    print("\n%s: %s" % (row.name, row.title))
    print("  %-10s %8s %6s %6s %9s %9s %9s %7s %7s  %s" % (
        "", "CPU", "spread", "others", "req/s", "p50", "p99", "x floor",
        "x peer", "goals"))
    for name, got in results.items():
        goals = judgement(row, results, name) \
            if got["kind"] == "mynahd" else ""
        print(("  %-10s %8.3f %5.0f%% %5.0f%% %9.0f %9s %9s %7s %7s  %s" % (
            name, got["cpu"], 100 * (got["most"] / got["least"] - 1),
            100 * got["others"], got["rate"], shown(got["p50"], "%.0f"), shown(got["p99"], "%.0f"),
            shown(ratio(results, name, "floor")),
            shown(ratio(results, name, best)), goals)).rstrip())
