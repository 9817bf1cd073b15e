"""The clients of tests/soak.py. Each judges what it gets.

A client does its work again and again, with a pause, until the load is to
stop. What is not as it should be is raised as Wrong or Ended, told once with
what was asked for, and counted; the client goes on. What the client itself
causes, or the rules allow, is no error, and said where it is allowed.
"""

import asyncio
import random
import re
import time

from soak_server import CONNECTIONS, HEADER_S, IDLE_S, LIST, PER_ADDRESS, \
    RELEASES
from soak_site import POOL, RECORD, Wrong
from soak_wire import Ended, Wire

PATIENCE = 30           # for one exchange, on a machine that is busy
IDLE_LEAST = 0.95       # who is idle for longer may be ended to make room
MARK = re.compile(rb"<(\d+)>")
TEXT = bytes(97 + b % 26 for b in POOL[:1 << 20])

# Malformed, or refused: bytes, status, and whether the connection may go on.
REFUSED = (
    (b"GET / HTTP/1.1\r\n\r\n", 400, False),
    (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, False),
    (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, False),
    (b"GET  / HTTP/1.1\r\nHost: a\r\n\r\n", 400, False),
    (b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n", 400, False),
    (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n", 400, False),
    (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     b"zz\r\n", 400, False),
    (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, False),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, False),
    (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 200 + b"\r\n", 431,
     False),
    (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\n\r\n", 413,
     False),
    (b"GET / HTTP/1.1\r\nHost: a\r\n", 400, False),
    (b"FOO / HTTP/1.1\r\nHost: a\r\n\r\n", 501, True),
    (b"GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n", 400, True),
    (b"GET /%2e%2e/x HTTP/1.1\r\nHost: a\r\n\r\n", 400, True),
    (b"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n", 421, True),
    (b"GET / HTTP/1.1\r\nHost: a\r\nExpect: more\r\n\r\n", 417, True),
)


def around(seconds):
    return asyncio.sleep(seconds * random.uniform(0.5, 1.5))


class Session:
    """Requests on one connection after the other."""

    def __init__(self, soak, place, source=None, room=None):
        self.soak = soak
        self.site = soak.site
        self.place = place
        self.source = source
        self.room = room
        self.wire = None
        self.last = 0                   # when it last had something to do
        self.tags = {}                  # file: tag and version

    # Connections

    async def connect(self):
        self.last = time.monotonic()
        wire = Wire(self.soak.totals, self.soak.program.place(self.place),
                    self.source, self.room)
        self.wire = await wire.open()

    async def ready(self):
        """One that is open; one that was idle may have been closed."""
        if self.wire is not None and self.wire.has_ended():
            if time.monotonic() - self.last < IDLE_LEAST:
                self.drop()
                raise Ended("closed while it was not idle")
            self.drop()
        if self.wire is None:
            await self.connect()

    def drop(self):
        if self.wire is not None:
            self.wire.abort()
        self.wire = None

    def close(self):
        if self.wire is not None:
            self.wire.close()
        self.wire = None

    # Requests

    def head(self, number, method, path, fields, host):
        return ("%s %s%sn=%d HTTP/1.1\r\nHost: %s\r\n%s\r\n" % (
            method, path, "&" if "?" in path else "?", number, host,
            fields)).encode()

    async def ask(self, path, method="GET", fields="", host="a", body=b"",
                  pace=None):
        """One whole exchange, once more where idleness was at fault."""
        for last in (False, True):
            await self.ready()
            idle = time.monotonic() - self.last
            what = "%s %s%s to %s, %s" % (
                method, path, " with " + repr(fields) if fields else "",
                self.place, "%.2f s idle" % idle)
            try:
                return await self.exchange(path, method, fields, host, body,
                                           pace, what)
            except Ended as end:
                if last or idle < IDLE_LEAST or self.wire.buffer:
                    raise Ended("%s: %s" % (what, end)) from None
                self.soak.totals.late += 1
            except TimeoutError:
                raise Wrong("%s: nothing for %d s" % (
                    what, PATIENCE)) from None
            finally:
                if self.wire.sock.fileno() == -1:
                    self.wire = None

    async def exchange(self, path, method, fields, host, body, pace, what):
        ledger, config = self.soak.ledger, self.soak.config
        number, least = ledger.ask(what), config.done
        self.last = time.monotonic()    # for the server it is later
        done = False
        try:
            async with asyncio.timeout(None if pace else PATIENCE):
                await self.wire.send(self.head(number, method, path, fields,
                                               host) + body)
                answer = await self.wire.head()
                if method != "HEAD":
                    await self.wire.content(answer, pace)
            ledger.answer(number, answer.status, len(answer.body))
            done = True
            self.judge_config(answer, least, what)
            self.count(pace is None)
            if answer.says_close():
                await self.finish(what)
            return answer
        except BaseException:
            if not done:
                ledger.drop(number)
            self.wire.abort()
            raise

    async def finish(self, what):
        """It has said that it closes: nothing but the end may come."""
        async with asyncio.timeout(PATIENCE):
            left = await self.wire.rest()
        if left:
            raise Wrong("%s: %d bytes after the last answer" % (
                what, len(left)))
        self.wire.close()

    def judge_config(self, answer, least, what):
        version = answer.field("x-soak")
        if version is None:
            raise Wrong("%s: %d without the configuration's field" % (
                what, answer.status))
        self.soak.config.check("configuration, " + what, int(version), least)

    def count(self, is_timed):
        self.soak.totals.requests += 1
        if is_timed:
            self.soak.totals.longest = max(self.soak.totals.longest,
                                           time.monotonic() - self.last)

    # Files

    def expect(self, answer, file, *statuses):
        if answer.status not in statuses:
            raise Wrong("/%s: %d, not %s" % (
                file.name, answer.status, " or ".join(map(str, statuses))))

    async def get(self, file, fields="", pace=None, method="GET"):
        """The file, whatever version; 404 where it may be gone."""
        least = file.done
        answer = await self.ask("/" + file.name, method, fields, pace=pace)
        if answer.status == 404 and file.may_be_gone(least):
            return None
        self.expect(answer, file, 200)
        if method == "HEAD":
            if answer.length() not in file.lengths(least):
                raise Wrong("HEAD /%s: a length of %d" % (
                    file.name, answer.length()))
        elif answer.field("content-encoding") is not None:
            self.remember(file, answer, file.judge_coded(answer.body, least))
        else:
            self.remember(file, answer, file.judge(answer.body, least))
        return answer

    def remember(self, file, answer, version):
        if version is not None and not file.in_place:
            self.tags[file] = (answer.field("etag"), version)

    async def get_if_changed(self, file):
        """304 where it is what this client has, and only there."""
        tag, had = self.tags.get(file, (None, 0))
        if tag is None:
            await self.get(file)
            return
        least = file.done
        answer = await self.ask("/" + file.name,
                                fields="If-None-Match: %s\r\n" % tag)
        if answer.status == 404 and file.may_be_gone(least):
            return
        self.expect(answer, file, 200, 304)
        if answer.status == 304:
            file.check("304 for /" + file.name, had, least)
            return
        if had == least == file.begun and not tag.startswith("W/"):
            raise Wrong("/%s: 200 although %s is still right" % (
                file.name, tag))
        self.remember(file, answer, file.judge(answer.body, least))

    async def get_range(self, file):
        least = file.done
        size = min(file.lengths(least))
        first = random.randrange(0, size // RECORD) * RECORD
        last = min(size, first + random.randint(1, 8192) * RECORD) - 1
        fields = "Range: bytes=%d-%d\r\n" % (first, last)
        tag = self.tags.get(file, (None, 0))[0]
        if tag is not None and random.random() < 0.3:
            fields += "If-Range: %s\r\n" % tag
        answer = await self.ask("/" + file.name, fields=fields)
        self.expect(answer, file, 200, 206)
        if answer.status == 200:
            if "If-Range" not in fields:
                raise Wrong("/%s: 200 for %s" % (file.name, fields.strip()))
            self.remember(file, answer, file.judge(answer.body, least))
            return
        wanted = "bytes %d-%d/" % (first, last)
        if not answer.field("content-range").startswith(wanted):
            raise Wrong("/%s: Content-Range %s, not %s" % (
                file.name, answer.field("content-range"), wanted))
        file.judge(answer.body, least, first, last + 1)

    async def get_ranges(self, file):
        """Several: all of one version."""
        least = file.done
        size = min(file.lengths(least))
        parts = [(i * size // 8, i * size // 8 + random.randint(1, size // 9))
                 for i in random.sample(range(8), 4)]
        answer = await self.ask("/" + file.name, fields="Range: bytes=%s\r\n"
                                % ",".join("%d-%d" % (f, e - 1)
                                           for f, e in parts))
        self.expect(answer, file, 206)
        boundary = answer.field("content-type").split("boundary=")[1]
        pieces = (b"\r\n" + answer.body).split(
            b"\r\n--" + boundary.strip('"').encode())
        if len(pieces) != len(parts) + 2:
            raise Wrong("/%s: %d parts, not %d" % (
                file.name, len(pieces) - 2, len(parts)))
        bodies = [piece.split(b"\r\n\r\n", 1)[1] for piece in pieces[1:-1]]
        for version in range(file.begun, least - 1, -1):
            content = file.content(version)
            if bodies == [content[f:e] for f, e in parts]:
                return
        raise Wrong("/%s: parts that are of no version from %d to %d" % (
            file.name, least, file.begun))

    async def get_pipelined(self, files):
        """Several requests in one go, the answers in their order."""
        if time.monotonic() - self.last > IDLE_LEAST:
            self.drop()
        await self.ready()
        soak = self.soak
        self.last = time.monotonic()
        least, config = [file.done for file in files], soak.config.done
        numbers = [soak.ledger.ask("pipelined GET /%s to %s" % (
            file.name, self.place)) for file in files]
        try:
            await self.wire.send(b"".join(
                self.head(n, "GET", "/" + file.name, "", "a")
                for n, file in zip(numbers, files)))
            async with asyncio.timeout(PATIENCE):
                for file, oldest in zip(files, least):
                    answer = await self.wire.head()
                    await self.wire.content(answer)
                    soak.ledger.answer(numbers.pop(0), answer.status,
                                       len(answer.body))
                    self.judge_config(answer, config, "pipelined")
                    self.count(True)
                    if answer.status != 404 or not file.may_be_gone(oldest):
                        self.expect(answer, file, 200)
                        file.judge(answer.body, oldest)
                    if answer.says_close():     # requests_per_connection
                        self.drop()
                        break
        except BaseException:
            self.drop()
            raise
        finally:
            for n in numbers:
                soak.ledger.drop(n)


class Load:
    """All clients, as many of each as there are said to be."""

    def __init__(self, soak):
        self.soak = soak
        self.site = soak.site
        self.totals = soak.totals
        self.stopping = False
        self.tasks = []
        self.clients = (
            # what it does, how many, pause in seconds, source address
            (self.reader, 16, 0.025, "127.0.0.2"),
            (self.local_reader, 2, 0.04, None),
            (self.auto_reader, 2, 0.1, "127.0.0.3"),
            (self.idler, 2, 2, "127.0.0.3"),
            (self.closer, 4, 0.04, "127.0.0.4"),
            (self.pipeliner, 2, 0.2, "127.0.0.3"),
            (self.downloader, 2, 0.3, "127.0.0.5"),
            (self.follower, 2, 0.05, "127.0.0.3"),
            (self.lister, 1, 0.5, "127.0.0.3"),
            (self.poster, 1, 0.2, "127.0.0.3"),
            (self.refused, 1, 0.1, "127.0.0.6"),
            (self.talker, 2, 0.1, "127.0.0.7"),
            (self.greeted, 1, 0.3, "127.0.0.7"),
            (self.auto_talker, 1, 0.3, "127.0.0.7"),
            (self.long_talker, 1, 2, "127.0.0.7"),
            (self.slow_asker, 2, 0.5, "127.0.0.8"),
            (self.slow_reader, 3, 0.5, "127.0.0.8"),
            (self.too_slow, 1, 1, "127.0.0.8"),
            (self.silent, 2, 1, "127.0.0.8"),
            (self.stalled, 1, 5, "127.0.0.8"),
            (self.shrunk, 1, 0.5, "127.0.0.8"),
            (self.aborter, 3, 0.1, "127.0.0.9"),
            (self.crowd, 1, 6, "127.0.0.10"),
            (self.too_many, 1, 8, "127.0.0.11"),
            (self.extra, 1, 0.2, "127.0.0.3"),
        )

    # The frame

    def start(self):
        self.stopping = False
        for work, number, pause, source in self.clients:
            for _ in range(number):
                self.tasks.append(asyncio.create_task(
                    self.client(work, pause, source)))

    async def client(self, work, pause, source):
        state = Session(self.soak, "web", source)
        try:
            while not self.stopping:
                await around(pause)
                if self.stopping:
                    break
                try:
                    await work(state)
                except TimeoutError:
                    state.drop()
                    self.soak.fail(work.__name__, "nothing for %d s" %
                                   PATIENCE)
                except (Wrong, Ended, OSError) as error:
                    state.drop()
                    self.soak.fail(work.__name__, "%s: %s" % (
                        type(error).__name__, error))
        finally:
            state.close()

    async def stop(self, seconds):
        """What takes longer is broken off: by a reset, as clients do."""
        self.stopping = True
        if self.tasks:
            _, late = await asyncio.wait(self.tasks, timeout=seconds)
            for task in late:
                task.cancel()
            for result in await asyncio.gather(*self.tasks,
                                               return_exceptions=True):
                if isinstance(result, Exception):
                    raise result
        self.tasks = []

    def any_file(self):
        site = self.site
        files = random.choices((site.still, site.small, site.edited,
                                site.coded), (8, 8, 1, 2))[0]
        return random.choice(files)

    # HTTP as it should be

    async def reader(self, s):
        """Keep-alive: all that may be asked of a file."""
        what = random.random()
        file = self.any_file()
        if what < 0.6:
            await s.get(file)
        elif what < 0.7:
            await s.get(random.choice(self.site.coded),
                        "Accept-Encoding: gzip\r\n")
        elif what < 0.85:
            await s.get_if_changed(random.choice(self.site.small +
                                                 self.site.still[:20]))
        elif what < 0.93:
            await s.get(file, method="HEAD")
        elif what < 0.96:
            await s.get_range(random.choice(self.site.still))
        else:
            answer = await s.ask("/none/%d" % random.randrange(1000))
            if answer.status != 404:
                raise Wrong("%d for what is not there" % answer.status)

    async def local_reader(self, s):
        s.place = "local"
        await self.reader(s)

    async def auto_reader(self, s):
        s.place = "auto"
        await self.reader(s)

    async def idler(self, s):
        """Long enough between requests to be ended for others."""
        await s.get(self.any_file())

    async def closer(self, s):
        """A connection each."""
        file = self.any_file()
        await s.get(file, random.choice(("Connection: close\r\n", "")))
        s.close()

    async def pipeliner(self, s):
        await s.get_pipelined([
            random.choice(self.site.still + self.site.small)
            for _ in range(random.randint(2, 12))])

    async def downloader(self, s):
        file = random.choice(self.site.large)
        what = random.random()
        if what < 0.4:
            await s.get(file)
        elif what < 0.6:
            await s.get_range(file)
        elif what < 0.7:
            await s.get_ranges(file)
        elif what < 0.8:
            await s.get_if_changed(file)
        elif what < 0.9:
            await s.get(file, method="HEAD")
        else:
            await s.get_range(self.site.edited[-1])

    async def follower(self, s):
        """Asks for what a link leads to, and for an index."""
        release = self.site.release
        least = release.done
        name = random.choice(list(release.names))
        answer = await s.ask("/" + name, host=RELEASES)
        if answer.status != 200:
            raise Wrong("/%s of a release: %d" % (name, answer.status))
        release.judge(name, answer.body, least)
        index = self.site.index
        least = index.done
        answer = await s.ask("/index")
        where = answer.field("location") or ""
        if answer.status != 301 or not where.startswith("/index/?n="):
            raise Wrong("/index: %d to %r" % (answer.status, where))
        answer = await s.ask("/index/")
        s.expect(answer, index, 200)
        index.judge(answer.body, least)

    async def lister(self, s):
        answer = await s.ask("/list/", host=LIST)
        names = set(re.findall(rb'"name":\s*"([^"]*)"', answer.body))
        wanted = {b"always-%d" % i for i in range(20)}
        if answer.status != 200 or not wanted <= names:
            raise Wrong("/list/: %d with %d names" % (
                answer.status, len(names)))

    async def poster(self, s):
        size = random.randint(1, 30000)
        if random.random() < 0.5:
            answer = await s.ask("/still/1.txt", "POST",
                                 "Content-Length: %d\r\n" % size,
                                 body=TEXT[:size])
        else:
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, TEXT[:size])
            answer = await s.ask("/still/1.txt", "PUT",
                                 "Transfer-Encoding: chunked\r\n", body=body)
        if answer.status != 405:
            raise Wrong("%d for a method that is not served" % answer.status)

    async def extra(self, s):
        """A listener that comes and goes with reloads."""
        s.place = "extra"
        presence = self.soak.extra
        was = presence.surely
        try:
            await s.get(self.any_file(), "Connection: close\r\n")
            self.totals.extra += 1
        except Ended:
            if was and presence.surely:
                raise

    # HTTP as it should not be

    async def refused(self, s):
        request, status, may_go_on = random.choice(REFUSED)
        await s.connect()
        try:
            async with asyncio.timeout(PATIENCE):
                await s.wire.send(request)
                if may_go_on or not request.endswith(b"\r\n\r\n") or \
                        random.random() < 0.5:
                    s.wire.half_close()
                await self.expect_refusal(s, status)
        except (Wrong, Ended) as error:
            raise type(error)("for %.60r: %s" % (request, error)) from None
        finally:
            s.close()

    async def expect_refusal(self, s, status):
        """The answer, and then the end."""
        try:
            answer = await s.wire.head()
            await s.wire.content(answer)
        except BaseException:
            self.soak.may_be[status] += 1
            raise
        self.soak.ledger.plain[answer.status] += 1
        self.totals.requests += 1
        left = await s.wire.rest()
        if answer.status != status or left:
            raise Wrong("%d, not %d, and %d more bytes" % (
                answer.status, status, len(left)))

    async def slow_asker(self, s):
        """A head byte by byte, that comes in time."""
        await s.connect()
        file = random.choice(self.site.small[:5])
        soak = self.soak
        number = soak.ledger.ask("slow GET /%s" % file.name)
        head = s.head(number, "GET", "/" + file.name, "", "a")
        try:
            for i in range(len(head) - 1):
                await s.wire.send(head[i:i + 1])
                await asyncio.sleep(0.3 * HEADER_S / len(head))
            least, config = file.done, soak.config.done
            await s.wire.send(head[-1:])
            async with asyncio.timeout(PATIENCE):
                answer = await s.wire.head()
                await s.wire.content(answer)
            soak.ledger.answer(number, answer.status, len(answer.body))
            number = None
            s.judge_config(answer, config, "slow")
            s.count(False)
        finally:
            if number is not None:
                soak.ledger.drop(number)
            s.close()
        s.expect(answer, file, 200)
        file.judge(answer.body, least)

    async def too_slow(self, s):
        """A head that does not come in time."""
        await s.connect()
        try:
            await s.wire.send(b"GET / HTTP/1.1\r\n")
            async with asyncio.timeout(HEADER_S + PATIENCE):
                await self.expect_refusal(s, 408)
        finally:
            s.drop()

    async def slow_reader(self, s):
        """Faster than the least rate, with little room."""
        s.drop()
        s.room = 8192
        file = random.choice(self.site.large[:2] + self.site.small[-8:-3])
        await s.get(file, pace=(16384, 0.1))
        s.close()

    async def stalled(self, s):
        """Takes nothing for so long that it is ended."""
        s.drop()
        s.room = 4096
        await s.connect()
        ledger = self.soak.ledger
        number = ledger.ask("stalled")
        try:
            await s.wire.send(s.head(number, "GET", "/" +
                                     self.site.large[-1].name, "", "a"))
            await asyncio.sleep(random.uniform(5, 25))
        finally:
            ledger.drop(number)
            s.drop()

    async def shrunk(self, s):
        """It may become shorter on the way, and then it ends early."""
        s.drop()
        s.room = 65536
        file = self.site.shrinking
        least = file.done
        try:
            await s.get(file, pace=(262144, 0.02))
        except Ended:
            if file.begun == least:
                raise
        s.close()

    async def silent(self, s):
        """Closed without a word; on auto, welcomed."""
        s.place = random.choice(("web", "local"))
        await s.connect()
        try:
            async with asyncio.timeout(IDLE_S + PATIENCE):
                said = await s.wire.rest()
        finally:
            s.close()
        if said:
            raise Wrong("%.60r to who said nothing" % said)

    async def aborter(self, s):
        """A reset: at once, in a head, in an answer, in content, in an echo.
        """
        what = random.randrange(6)
        s.place = "echo" if what == 5 else random.choice(
            ("web", "web", "auto", "local"))
        await s.connect()
        ledger, number = self.soak.ledger, None
        try:
            if what == 1:
                await s.wire.send(b"GET /still/1.txt HTTP/1.1\r\nHo")
                if s.place == "local":  # no resets there: an end of input
                    self.soak.may_be[400] += 1
            elif what in (2, 3):
                file = random.choice(self.site.large if what == 2 else
                                     self.site.small)
                number = ledger.ask("aborted GET /%s" % file.name)
                await s.wire.send(s.head(number, "GET", "/" + file.name, "",
                                         "a"))
                if random.random() < 0.8:
                    async with asyncio.timeout(PATIENCE):
                        await s.wire.more(4096)
            elif what == 4:
                number = ledger.ask("aborted POST")
                await s.wire.send(s.head(number, "POST", "/",
                                         "Content-Length: 9999\r\n", "a") +
                                  TEXT[:500])
            elif what == 5:
                await s.wire.send(TEXT[:100000])
            await asyncio.sleep(random.choice((0, 0.01, 0.1)))
        finally:
            if number is not None:
                ledger.drop(number)
            s.drop()

    # More than fit

    async def crowd(self, s):
        """From several addresses, more than there may be at a time."""
        each = CONNECTIONS // 3
        sources = ["127.0.1.%d" % i for i in (1, 2, 3)]
        results = await asyncio.gather(
            *[self.one_of_many(source) for source in sources
              for _ in range(each)], return_exceptions=True)
        tell_first(results)

    async def one_of_many(self, source):
        s = Session(self.soak, "web", source)
        try:
            await s.get(random.choice(self.site.still))
            await asyncio.sleep(0.5)
        finally:
            s.close()

    async def too_many(self, s):
        """From one address: some are refused, the others are served."""
        soak = self.soak
        held = []
        served = refused = 0
        try:
            for _ in range(PER_ADDRESS + 20):
                wire = Wire(self.totals, soak.program.place("web"), s.source)
                held.append(await wire.open())
                kind = await self.try_one(wire, s)
                served += kind
                refused += not kind
        finally:
            for wire in held:
                wire.close()
        # A few of them may have been ended to make room for others.
        if not served <= PER_ADDRESS + 20 or served < PER_ADDRESS // 2:
            raise Wrong("%d of %d connections were served, limit %d" % (
                served, len(held), PER_ADDRESS))
        self.totals.refused += refused

    async def try_one(self, wire, s):
        """True where it was answered, False where it was one too many."""
        ledger = self.soak.ledger
        file = random.choice(self.site.still)
        number = ledger.ask("one of too many, GET /%s" % file.name)
        least, config = file.done, self.soak.config.done
        try:
            async with asyncio.timeout(PATIENCE):
                await wire.send(s.head(number, "GET", "/" + file.name, "",
                                       "a"))
                answer = await wire.head()
                await wire.content(answer)
            if answer.status == 503:
                self.soak.may_be[503] += 1
                if answer.field("retry-after") is None:
                    raise Wrong("503 without Retry-After")
                return False
            ledger.answer(number, answer.status, len(answer.body))
            number = None
            s.judge_config(answer, config, "one of too many")
            s.expect(answer, file, 200)
            file.judge(answer.body, least)
            s.count(False)
            return True
        finally:
            if number is not None:
                ledger.drop(number)

    # Echo

    async def talker(self, s):
        """One message after the other; at the end half-closes."""
        s.place = "echo"
        least = self.soak.config.done
        await s.connect()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.expect_welcome(s, least)
                for _ in range(random.randint(1, 20)):
                    await self.say(s, random.randint(1, 3000), least)
                first = random.randrange(1000)
                await s.wire.send(TEXT[first:first + 5000])
                s.wire.half_close()
                self.compare(await s.wire.rest(), TEXT[first:first + 5000],
                             least)
        finally:
            s.close()

    async def say(self, s, size, least):
        first = random.randrange(1000)
        text = TEXT[first:first + size]
        await s.wire.send(text)
        while len(MARK.sub(b"", s.wire.buffer)) < size or \
                b"<" in MARK.sub(b"", s.wire.buffer):
            await s.wire.more()
        self.compare(bytes(s.wire.buffer), text, least)
        s.wire.buffer.clear()

    def compare(self, got, text, least):
        self.totals.messages += 1
        for version in MARK.findall(got):
            self.soak.config.check("the prefix of an echo", int(version),
                                   least)
        if MARK.sub(b"", got) != text:
            raise Wrong("an echo of %d bytes that is not what was said, %d"
                        % (len(got), len(text)))

    async def expect_welcome(self, s, least):
        while b"\n" not in s.wire.buffer:
            await s.wire.more()
        line, _, rest = bytes(s.wire.buffer).partition(b"\n")
        s.wire.buffer[:] = rest
        self.judge_welcome(line + b"\n", least)

    def judge_welcome(self, line, least):
        found = re.fullmatch(rb"Welcome <(\d+)>\n", line)
        if found is None:
            raise Wrong("a welcome of %.60r" % line)
        self.soak.config.check("the welcome", int(found[1]), least)

    async def greeted(self, s):
        s.place = "welcome"
        least = self.soak.config.done
        await s.connect()
        try:
            async with asyncio.timeout(PATIENCE):
                self.judge_welcome(await s.wire.rest(), least)
        finally:
            s.close()

    async def auto_talker(self, s):
        """A line that is no request, or silence first."""
        s.place = "auto"
        least = self.soak.config.done
        await s.connect()
        try:
            async with asyncio.timeout(PATIENCE):
                if random.random() < 0.5:
                    await self.expect_welcome(s, least)
                    await self.say(s, 100, least)
                else:
                    await s.wire.send(b"hello\n")
                    await self.expect_welcome(s, least)
                    while not s.wire.buffer.endswith(b"hello\n"):
                        await s.wire.more()
                    self.compare(bytes(s.wire.buffer), b"hello\n", least)
        finally:
            s.close()

    async def long_talker(self, s):
        """Much, to be read back more slowly than it is sent."""
        s.place = "echo"
        s.room = 16384
        least = self.soak.config.done
        await s.connect()
        sending = None
        try:
            async with asyncio.timeout(2 * PATIENCE):
                await self.expect_welcome(s, least)
                sending = asyncio.create_task(self.send_all(s))
                while True:
                    try:
                        await s.wire.more(65536)
                    except Ended as end:
                        if "the end" not in str(end):
                            raise
                        break
                    await asyncio.sleep(0.02)
                await sending
            self.compare(bytes(s.wire.buffer), TEXT, least)
        finally:
            if sending is not None:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
            s.close()

    async def send_all(self, s):
        await s.wire.send(TEXT)
        s.wire.half_close()


def tell_first(results):
    for result in results:
        if isinstance(result, BaseException):
            raise result
