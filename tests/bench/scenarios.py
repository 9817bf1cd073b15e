"""The rows of the table: what is asked, on how many connections, the goals.

A goal is a ratio of CPU time per request: of mynahd to the floor, and of
mynahd to the best peer, which is the one with the least CPU time in that row.
"""

import site_files


class Row:
    """One scenario; the kind says by which program the load is made."""

    def __init__(self, name, title, **more):
        self.name = name
        self.title = title
        self.short = title              # in the chart
        self.kind = "wrk"
        self.connections = 64
        self.paths = []                 # one is asked for again and again
        self.check_paths = None         # of them, those checked beforehand
        self.headers = {}
        self.batch = 1                  # requests in one write
        self.status = 200
        self.rate = 0                   # requests per second; 0: at most
        self.log = False                # servers that keep one, with it
        self.floor = None               # a floor: "answer" or "echo"
        self.goal_floor = None
        self.goal_peer = None
        self.goal_p99 = None            # to the p99 of the best peer
        self.goal_rest = None           # KiB of memory before any client
        self.goal_each = None           # bytes of memory for an idle one
        self.goal_wakeups = None
        self.notes = []                 # what the run has to say about it
        for key, value in more.items():
            if key not in self.__dict__:
                raise TypeError(key)
            self.__dict__[key] = value

    def has_list(self):
        return len(self.paths) > 1 or self.batch > 1


def rows():
    """In the order of the run.

    Rows that leave connections behind, in TIME_WAIT, come last: what becomes
    of them in the kernel would be on the account of the row that follows.
    """
    many = site_files.choices_of_many()
    page = site_files.paths_of_page()
    # The short names are broken for the chart.
    return [
        Row("128", "128 B", paths=["/128.txt"], floor="answer",
            goal_floor=1.12, goal_peer=0.88),
        Row("1k", "1 KiB", paths=["/1k.txt"], floor="answer",
            goal_floor=1.12, goal_peer=0.88),
        Row("1k-log", "1 KiB and a log", paths=["/1k.txt"],
            short="1 KiB\\nand a log", log=True, floor="answer",
            goal_peer=0.60),
        Row("1k-1000", "1 KiB, 1000 connections", connections=1000,
            short="1 KiB\\n1000 conn.", paths=["/1k.txt"], floor="answer",
            goal_floor=1.12, goal_peer=0.85),
        Row("16k", "16 KiB", paths=["/16k.txt"], goal_peer=0.85),
        Row("64k", "64 KiB", paths=["/64k.txt"], goal_peer=1.03),
        Row("1m", "1 MiB, 16 connections", connections=16, short="1 MiB",
            paths=["/1m.txt"], goal_peer=1.03, goal_p99=1.0),
        Row("pipeline", "1 KiB, 16 pipelined", short="16 piped",
            paths=["/1k.txt"] * 16, batch=16, check_paths=["/1k.txt"],
            goal_peer=0.15),
        Row("10k", "10,000 files of 1 KiB", short="10,000\\nfiles",
            paths=many, check_paths=many[:20], goal_peer=0.90),
        Row("304", "304 to If-Modified-Since", short="304",
            paths=["/1k.txt"], headers={"If-Modified-Since": site_files.DATE},
            status=304, goal_peer=0.85),
        Row("404", "404", paths=["/none.txt"], status=404, goal_peer=0.85),
        Row("page", "page of 20 files, 512 connections", connections=512,
            short="page of\\n20 files", paths=page,
            headers={"Accept-Encoding": site_files.PAGE_CODINGS},
            goal_peer=0.85),
        Row("echo", "echo of 64 B", kind="echo", floor="echo",
            goal_floor=1.15),
        Row("paced", "1 KiB, half of the top rate of mynahd", kind="paced",
            paths=["/1k.txt"], floor="answer"),
        Row("close", "1 KiB, Connection: close", short="close",
            paths=["/1k.txt"], headers={"Connection": "close"},
            goal_peer=1.03),
        Row("idle", "RssAnon, KiB at rest and for each of 5000 idle "
            "connections", kind="idle", paths=["/1k.txt"], connections=5000,
            goal_rest=400, goal_each=400),
        Row("quiet", "30 seconds without a connection", kind="quiet",
            paths=["/1k.txt"], goal_wakeups=0),
    ]
