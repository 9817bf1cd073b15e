#!/usr/bin/env python3
"""Read Chromium's network log: every request to one site must have succeeded.

usage: browser_log.py net.json http://site/
"""

import json
import sys


def load(path):
    """The log; one cut off in the middle is closed."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text.rstrip().rstrip(",") + "]}")


def main():
    log = load(sys.argv[1])
    site = sys.argv[2]
    names = {n: k for k, n in log["constants"]["logEventTypes"].items()}
    requests = {}
    for event in log["events"]:
        params = event.get("params", {})
        kind = names[event["type"]]
        key = event["source"]["id"]
        if kind == "URL_REQUEST_START_JOB":
            if params.get("url", "").startswith(site):
                requests.setdefault(key, {"url": params["url"]})
        elif key in requests:
            if kind == "HTTP_TRANSACTION_READ_RESPONSE_HEADERS":
                requests[key]["status"] = params["headers"][0]
            if params.get("net_error"):
                requests[key]["error"] = params["net_error"]
    failed = 0
    for r in requests.values():
        good = "error" not in r and (
            r.get("status", "").split(" ")[1:2] in (["200"], ["304"]))
        print("ok    " if good else "FAILED", r["url"],
              r.get("status", "no answer"), r.get("error", ""))
        failed += not good
    if not requests:
        print("FAILED: the browser asked for nothing")
    return failed != 0 or not requests


if __name__ == "__main__":
    sys.exit(main())
