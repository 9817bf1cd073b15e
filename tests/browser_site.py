#!/usr/bin/env python3
"""What tests/browser_site.sh does in a real browser, Chromium without a
window, told over its DevTools protocol, and read from what it then says of
the network.

usage: browser_site.py port site pictures command...

port, site	the server, and the directory that it serves
pictures	the directory for pictures of pages
command		starts the browser, which reads from descriptor 3 and writes
		to descriptor 4
"""

import base64
import json
import os
import select
import subprocess
import sys
import time
import urllib.request

PATIENCE = 40


class Failed(Exception):
    """A check failed, or the browser did."""


def check(what, got, want):
    if got != want:
        raise Failed("%s: got %.300r, not %.300r" % (what, got, want))


class Browser:
    """Chromium at the end of two pipes; messages end in a NUL."""

    def __init__(self, command):
        to_browser, self.to = os.pipe()
        self.come, from_browser = os.pipe()
        # The names of the descriptors are free in the child alone.
        line = 'exec "$@" 3<&%d 4>&%d' % (to_browser, from_browser)
        self.process = subprocess.Popen(
            ["bash", "-c", line, "browser"] + command,
            pass_fds=(to_browser, from_browser))
        os.close(to_browser)
        os.close(from_browser)
        self.number = 0
        self.rest = b""
        self.events = []
        self.session = None

    def read(self):
        """The next message."""
        end = time.monotonic() + PATIENCE
        while b"\0" not in self.rest:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.come], [], [], left)[0]:
                raise Failed("the browser says no more")
            some = os.read(self.come, 1 << 20)
            if not some:
                raise Failed("the browser is gone")
            self.rest += some
        message, self.rest = self.rest.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.number:
                break
            self.events.append(answer)
        if "error" in answer:
            raise Failed("%s: %s" % (method, answer["error"]))
        return answer["result"]

    def wait(self, method, matches=lambda params: True):
        """The first event of that kind since forget(), or the next one."""
        for event in self.events:
            if event["method"] == method and matches(event["params"]):
                return event["params"]
        while True:
            event = self.read()
            self.events.append(event)
            if event["method"] == method and matches(event["params"]):
                return event["params"]

    def forget(self):
        self.events = []

    def said(self, method):
        return [e["params"] for e in self.events if e["method"] == method]

    def run(self, script):
        """The value of a script, or of the promise that it is."""
        result = self.call("Runtime.evaluate", expression=script,
                           awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise Failed("%s: %s" % (script, result["exceptionDetails"]))
        return result["result"].get("value")

    def open_tab(self):
        target = self.call("Target.createTarget", url="about:blank")
        self.session = self.call("Target.attachToTarget", flatten=True,
                                 targetId=target["targetId"])["sessionId"]
        for domain in "Page", "Network", "Runtime", "Log":
            self.call(domain + ".enable")

    def end(self):
        try:
            self.session = None
            self.call("Browser.close")
        except (Failed, OSError):
            pass
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()


def after(browser, begin):
    """Do something that loads a page, and let it load."""
    browser.forget()
    begin()
    browser.wait("Page.loadEventFired")


def go(browser, url):
    def begin():
        result = browser.call("Page.navigate", url=url)
        check("loading " + url, result.get("errorText"), None)
    after(browser, begin)


def answers(browser):
    """What came over the network since the last page: by URL, a list of
    (status, fields in small letters, bytes of content), in order."""
    urls, found = {}, {}
    for event in browser.events:
        params = event.get("params", {})
        key = params.get("requestId")
        if event["method"] == "Network.requestWillBeSent":
            urls[key] = params["request"]["url"]
    for params in browser.said("Network.responseReceivedExtraInfo"):
        fields = {k.lower(): v for k, v in params["headers"].items()}
        found.setdefault(urls.get(params["requestId"]), []).append(
            (params["statusCode"], fields))
    return found


def settle(browser, urls):
    """Wait until each of urls is answered over the network, and ended."""
    for url in urls:
        request = browser.wait("Network.requestWillBeSent", lambda p, u=url:
                               p["request"]["url"] == u)["requestId"]

        def is_it(params, request=request):
            return params["requestId"] == request
        browser.wait("Network.responseReceivedExtraInfo", is_it)
        browser.wait("Network.loadingFinished", is_it)


def no_complaints(browser, what):
    for params in browser.said("Log.entryAdded"):
        entry = params["entry"]
        if entry["level"] in ("error", "warning"):
            raise Failed("%s: the browser says: %s %s" % (
                what, entry["text"], entry.get("url", "")))
    for params in browser.said("Runtime.exceptionThrown"):
        raise Failed("%s: %s" % (what, params["exceptionDetails"]))


def picture(browser, path, width, height, dark=False):
    phone = width < 600
    browser.call("Emulation.setDeviceMetricsOverride", width=width,
                 height=height, deviceScaleFactor=2 if phone else 1,
                 mobile=phone)
    browser.call("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme",
         "value": "dark" if dark else "light"}])
    wide = browser.run("document.documentElement.scrollWidth")
    data = browser.call("Page.captureScreenshot", format="png")["data"]
    # The browser runs as another user, who need not be able to write here.
    with open(path, "wb") as file:
        file.write(base64.b64decode(data))
    check("width of %s" % os.path.basename(path), max(wide, width), width)


# Each of these is one check; site is the URL of the server.

def seek_in_sound(browser, url, site):
    """A player jumps to the end of a large file: it asks for a part."""
    size = os.path.getsize(os.path.join(site, "media/sound.wav"))
    go(browser, url + "/media/")
    at = browser.run("""new Promise((resolve, reject) => {
        const sound = document.querySelector("audio");
        const fail = () => reject(new Error(
            sound.error ? sound.error.message : "no metadata"));
        const seek = () => {
            sound.addEventListener("seeked", () => resolve(
                [sound.currentTime, sound.duration, sound.seekable.end(0)]));
            sound.currentTime = 58.5;
        };
        sound.addEventListener("error", fail);
        if (sound.error)
            fail();
        else if (sound.readyState > 0)
            seek();
        else
            sound.addEventListener("loadedmetadata", seek);
    })""")
    check("time, duration, seekable", at, [58.5, 60, 60])
    # It goes on from there: what has come is the right part of the file.
    check("end of the sound", browser.run("""new Promise((resolve, reject) => {
        const sound = document.querySelector("audio");
        sound.addEventListener("ended", () => resolve(sound.currentTime));
        sound.play().catch(reject);
    })"""), 60)
    parts = []
    for status, fields in answers(browser).get(url + "/media/sound.wav", []):
        check("status of the sound", status, 206)
        first = int(fields["content-range"].split(" ")[1].split("-")[0])
        check("Content-Range", fields["content-range"],
              "bytes %d-%d/%d" % (first, size - 1, size))
        check("Content-Length", int(fields["content-length"]), size - first)
        parts.append(first)
    check("parts from the begin and from near the end",
          (parts[:1], any(p > size * 0.9 for p in parts)), ([0], True))
    no_complaints(browser, "the player")
    return "parts from " + ", ".join(map(str, parts))


def compressed(browser, url, site):
    """A page whose style and script come compressed works."""
    page = url + "/compressed/"
    go(browser, page)
    names = {"style.css": "br", "script.js": "br", "gzip-only.css": "gzip"}
    settle(browser, [page + n for n in names])
    found = answers(browser)
    for name, coding in names.items():
        status, fields = found[page + name][0]
        check("status of " + name, status, 200)
        check("coding of " + name, fields.get("content-encoding"), coding)
        suffix = {"br": ".br", "gzip": ".gz"}[coding]
        length = os.path.getsize(os.path.join(site, "compressed",
                                              name + suffix))
        check("length of " + name, int(fields["content-length"]), length)
        check("varies", "accept-encoding" in fields["vary"].lower(), True)
    check("the page's own coding",
          found[page][0][1].get("content-encoding"), None)
    check("computed style", browser.run(
        "getComputedStyle(document.querySelector('p')).color"),
        "rgb(1, 2, 3)")
    check("computed style, gzip", browser.run(
        "getComputedStyle(document.querySelector('p')).marginLeft"), "77px")
    check("what the script did", browser.run("document.title"),
          "the script ran, 2000")
    no_complaints(browser, "the compressed page")
    return "br and gzip"


def revisit(browser, url, _):
    """On a second visit nothing comes twice."""
    page = url + "/revisit/"
    urls = [page, page + "always.css", page + "fresh.js"]
    go(browser, page)
    settle(browser, urls)
    first = answers(browser)
    check("first visit", [first[u][0][0] for u in urls], [200, 200, 200])
    check("http.headers", first[urls[1]][0][1].get("cache-control"),
          "no-cache")
    after(browser, lambda: browser.call("Page.reload"))
    settle(browser, urls[:2])
    again = answers(browser)
    check("after a reload", [again[u][0][0] for u in urls[:2]], [304, 304])
    check("a file that is fresh", urls[2] in again, False)
    for u in urls[:2]:
        check("ETag of " + u, again[u][0][1]["etag"], first[u][0][1]["etag"])
    check("the page", browser.run("document.title"), "visited")
    # A reload without the cache, and everything is there again.
    after(browser, lambda: browser.call("Page.reload", ignoreCache=True))
    settle(browser, urls)
    whole = answers(browser)
    check("without the cache", [whole[u][0][0] for u in urls],
          [200, 200, 200])
    no_complaints(browser, "the page that is visited again")
    return "304, from the cache, and 200"


def application(browser, url, _):
    """One page for all views, and 404 for a picture that is not there."""
    app = url.replace("127.0.0.1", "app.example.org")
    go(browser, app + "/some/view?tab=2")
    settle(browser, [app + "/some/view?tab=2", app + "/app.js"])
    found = answers(browser)
    check("the view", found[app + "/some/view?tab=2"][0][0], 200)
    check("its type", found[app + "/some/view?tab=2"][0][1]["content-type"],
          "text/html; charset=utf-8")
    check("what it shows", browser.run("document.title"),
          "view /some/view?tab=2")
    check("what fetch() gets", browser.run("""(async () => {
        const picture = await fetch("/missing.png");
        const view = await fetch("/other", {headers: {Accept: "text/html"}});
        return [picture.status, view.status];
    })()"""), [404, 200])
    check("a picture that is not there", browser.run(
        """new Promise(resolve => {
            const image = new Image();
            image.onload = () => resolve("loaded");
            image.onerror = () => resolve("error");
            image.src = "/missing.png";
        })"""), "error")
    return "200 and 404"


NAMES = """Array.from(document.querySelectorAll("tbody tr:not(.u) a"),
    a => decodeURIComponent(new URL(a.href).pathname.split("/")[2]))"""


def by(site, key, reverse):
    """The files of the directory in the order that is wanted."""
    names = sorted(os.listdir(os.path.join(site, "files")),
                   key=lambda n: n.encode())
    files = [n for n in names
             if os.path.isfile(os.path.join(site, "files", n))]
    if key == "name":
        return files[::-1] if reverse else files
    stat = {n: os.stat(os.path.join(site, "files", n)) for n in files}
    return sorted(files, reverse=reverse, key=lambda n: stat[n].st_size
                  if key == "size" else int(stat[n].st_mtime))


def click(browser, selector):
    after(browser, lambda: browser.run(
        "document.querySelector(%s).click()" % json.dumps(selector)))


def listing(browser, url, site):
    """The links of a list of files sort it, and lead where they should."""
    files = by(site, "name", False)

    def shown():
        return [n for n in browser.run(NAMES) if n in files]

    go(browser, url + "/files/")
    check("the list", shown(), files)
    for key in "size", "time", "name":
        for _ in range(2):
            click(browser, "th a[href*='sort=%s']" % key)
            reverse = "order=desc" in browser.run("location.search")
            want = by(site, key, reverse)
            got = shown()
            if key != "name":
                # Equal ones may be in either order of their names.
                check("names by %s" % key, sorted(got), sorted(want))
                value = {n: os.stat(os.path.join(site, "files", n))
                         for n in files}
                got, want = ([value[n].st_size if key == "size" else
                              int(value[n].st_mtime) for n in v]
                             for v in (got, want))
            check("a click on %s, %s" % (key, reverse), got, want)
    # The page's own policy lets no script of it fetch them.
    for name, link in browser.run("""
            Array.from(document.querySelectorAll("tr:not(.u) td a"),
                a => [a.querySelector("bdi").textContent, a.href])"""):
        with urllib.request.urlopen(link) as answer:
            if name in files:
                with open(os.path.join(site, "files", name), "rb") as file:
                    check("what is behind " + name, answer.read(),
                          file.read())
            else:
                check("what is behind " + name, answer.geturl(), link)
    no_complaints(browser, "the list of files")
    return "%d files" % len(files)


def pictures(browser, url, directory):
    """How lists look; nobody should have to scroll sideways."""
    for path, name in (("files/", "list"), ("many/", "many"),
                       ("empty/", "empty"), ("files/deep/er/", "deep")):
        go(browser, url + "/" + path)
        for size, width, height in (("desk", 1200, 900),
                                    ("phone", 390, 844)):
            for dark in False, True:
                picture(browser, "%s/%s-%s-%s.png" % (
                    directory, name, size, "dark" if dark else "light"),
                    width, height, dark)
        no_complaints(browser, "/" + path)
    return "none is too wide"


def main():
    url = "http://127.0.0.1:" + sys.argv[1]
    site, directory, command = sys.argv[2], sys.argv[3], sys.argv[4:]
    jobs = ((seek_in_sound, site), (compressed, site), (revisit, site),
            (application, site), (listing, site), (pictures, directory))
    browser = Browser(command)
    failed = 0
    try:
        browser.open_tab()
        for job, what in jobs:
            try:
                print("ok    ", job.__doc__.split("\n")[0],
                      "(%s)" % job(browser, url, what), flush=True)
            except Failed as error:
                print("FAILED", job.__doc__.split("\n")[0], error,
                      flush=True)
                failed += 1
    finally:
        browser.end()
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
