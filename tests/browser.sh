#!/bin/bash
#
# A real browser opens the first page of a site: everything the page asks for
# must come, and a picture of it is left.
#
#	tests/browser.sh directory picture.png

set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"
picture=$2

make_work
cp -rL "$1" "$work/site"
chmod -R a+rX "$work/site"
start_server "$work/site"
mkdir -m 777 "$work/browser"
(export HOME="$work/browser" XDG_CONFIG_HOME="$work/browser" \
    XDG_CACHE_HOME="$work/browser"
cd "$work/browser"
as_nobody timeout 60 chromium --headless --no-sandbox --disable-gpu \
    --disable-dev-shm-usage --disable-background-networking \
    --disable-component-update --disable-sync --no-first-run \
    --user-data-dir="$work/browser/profile" --window-size=1200,900 \
    --virtual-time-budget=5000 --log-net-log="$work/browser/net.json" \
    --screenshot="$work/browser/picture.png" "$url/") \
    >"$work/browser.log" 2>&1 || {
	tail -n 20 "$work/browser.log" >&2
	fail "the browser failed"
}
cp "$work/browser/picture.png" "$picture"
python3 "$here/browser_log.py" "$work/browser/net.json" "$url/"
stop_server
