#!/usr/bin/env python3
"""What the benchmark reads and reckons, without a server: before each run."""

import os
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import loads                                                # noqa: E402
import report                                               # noqa: E402
import scenarios                                            # noqa: E402
import servers                                              # noqa: E402
import site_files                                           # noqa: E402

REPORT = ("Running 1s test\nreport requests=200 microseconds=2000000 "
          "bytes=20000 connect=0 read=0 write=0 timeout=0 status=0 p50=1.5 "
          "p90=2 p99=3 p999=4 max=5\nmore\n")


def results(**cpu):
    return {name: {"kind": name, "cpu": value, "p99": 10 * value}
            for name, value in cpu.items()}


class Loads(unittest.TestCase):
    def test_report(self):
        load = loads.Load(REPORT)
        self.assertEqual((load.requests, load.rate, load.p50), (200, 100, 1.5))
        with self.assertRaises(servers.Failure):
            loads.Load("wrk: no such host\n")

    def test_faults(self):
        row = scenarios.Row("a", "a", paths=["/"], connections=1)
        many = scenarios.Row("c", "c", paths=["/"], connections=200)
        missing = scenarios.Row("b", "b", paths=["/"], status=404)
        for said, mean, of, is_fault in (
                ("", 100, row, False), ("", None, row, False),
                ("", 105, row, False), ("", 150, row, True),
                ("", 150, many, False),
                ("read=1", 100, row, True), ("timeout=2", 100, row, True),
                ("requests=0", 100, row, True),
                ("status=1", 100, row, True),
                ("status=1", 100, missing, True),
                ("status=200", 100, missing, False)):
            name = said.partition("=")[0] + "="
            words = [said if said and word.startswith(name) else word
                     for word in REPORT.split("\n")[1].split(" ")]
            with self.subTest(said=said, mean=mean, row=of.name):
                fault = loads.find_faults(
                    loads.Load(" ".join(words)), of, mean)
                self.assertEqual(fault is not None, is_fault, fault)

    def test_head(self):
        self.assertEqual(
            loads.parse_head(b"HTTP/1.1 404 Not Found\r\nA-b:  c: d "),
            (404, {"a-b": "c: d"}))

    def test_request(self):
        self.assertEqual(
            loads.request_of("/a", {"B": "c"}, 80),
            b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:80\r\nB: c\r\n\r\n")


class Report(unittest.TestCase):
    def test_ratios(self):
        got = results(floor=1.0, mynahd=1.5, nginx=4.0, h2o=2.0)
        report.add_ratios(got)
        self.assertEqual(report.best_peer(got), "h2o")
        self.assertEqual(got["mynahd"]["to_floor"], 1.5)
        self.assertEqual(got["mynahd"]["to_peer"], 0.75)

    def test_without_others(self):
        got = results(mynahd=1.5)
        report.add_ratios(got)
        self.assertIsNone(report.best_peer(got))
        self.assertIsNone(got["mynahd"]["to_floor"])
        row = scenarios.Row("a", "a", goal_floor=1, goal_peer=1)
        self.assertEqual(report.judge(row, got, "mynahd"), [])

    def test_goals(self):
        got = results(floor=1.0, mynahd=1.5, nginx=2.0)
        report.add_ratios(got)
        row = scenarios.Row("a", "a", goal_floor=1.4, goal_peer=0.8,
                            goal_p99=1)
        self.assertEqual(
            report.goals_shown(row, got, "mynahd"),
            "x floor MISSED 1.4, x peer ok 0.8, p99 x peer ok 1")
        self.assertEqual(report.goals_shown(row, got, "nginx"), "")

    def test_chart(self):
        row = scenarios.Row("a", "a", short="b")
        got = results(mynahd=1.0, h2o=2.0)
        self.assertEqual(report.chart_data([row], {"a": got})[1],
                         '"b"\t-\t0.500\t-\t-\t1.000')


class Site(unittest.TestCase):
    def test_choices(self):
        paths = site_files.choices_of_many()
        self.assertEqual(len(paths), site_files.CHOICES)
        self.assertGreater(len(set(paths)), site_files.MANY / 2)
        self.assertEqual(paths, site_files.choices_of_many())

    def test_page(self):
        self.assertEqual(len(set(site_files.paths_of_page())), 20)


if __name__ == "__main__":
    unittest.main(verbosity=0)
