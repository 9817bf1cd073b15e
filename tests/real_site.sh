#!/bin/bash
#
# The main job: a real site, served from four keys, seen by real clients.
#
#	tests/real_site.sh directory least [results]
#
# directory	the site; index.html is where clients begin
# least		so many files must be reachable from there
# results	where the clients' own reports are left

set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"
least=$2
results=$(mkdir -p "${3:-.}" && cd "${3:-.}" && pwd)

make_work
# Links become files: absolute ones are refused by the server.
cp -rL "$1" "$work/site"
chmod -R a+rX "$work/site"
start_server "$work/site"

echo "-- curl, wget and nc"
curl -sS --fail -o "$work/index" "$url/"
cmp "$work/index" "$work/site/index.html"
curl -sS --fail --head "$url/" >"$work/head"
grep -i "^content-length: $(stat -c %s "$work/site/index.html")" "$work/head"
curl -sS --fail -o "$work/a" -o "$work/b" "$url/" "$url/index.html" \
    -w '%{num_connects}\n' | tr '\n' ' ' | grep -x '1 0 '
test "$(curl -sS -o /dev/null -w '%{http_code}' "$url/not-there")" = 404
test "$(curl -sS -o /dev/null -w '%{http_code}' --path-as-is \
    "$url/../../etc/passwd")" = 400
wget -q -O "$work/index" "$url/index.html"
cmp "$work/index" "$work/site/index.html"
printf 'GET / HTTP/1.0\r\n\r\n' | nc -N 127.0.0.1 "$port" >"$work/nc"
tail -c "$(stat -c %s "$work/site/index.html")" "$work/nc" |
    cmp - "$work/site/index.html"

echo "-- a copy of the whole site"
mkdir "$work/mirror"
status=0
(cd "$work/mirror" && wget --no-verbose --recursive --level=inf --no-parent \
    --no-host-directories --execute robots=off --tries=2 --timeout=20 \
    --output-file="$results/wget.log" "$url/") || status=$?
# 8: some links lead nowhere, which is looked into below.
test $status -eq 0 || test $status -eq 8 ||
    fail "wget ended with status $status: see $results/wget.log"
number=0
while IFS= read -r -d '' file; do
	cmp "$work/mirror/$file" "$work/site/${file%%\?*}" ||
	    fail "$file is not what the server had"
	number=$((number + 1))
done < <(cd "$work/mirror" && find . -type f -print0)
test $number -ge "$least" || fail "only $number files came, not $least"
# Where a link was answered with an error, there must be no such file.
broken=0
while read -r link; do
	path=$(python3 -c 'import sys, urllib.parse as u
print(u.unquote(u.urlsplit(sys.argv[1]).path))' "$link")
	test ! -e "$work/site$path" || fail "$link is there, but was refused"
	broken=$((broken + 1))
done < <(grep -B 1 'ERROR [0-9]' "$results/wget.log" |
    sed -n 's/^\(http:.*\):$/\1/p' | head -n 40)
if test $status -eq 8 && test $broken -eq 0; then
	fail "wget met errors: see $results/wget.log"
fi
echo "$number files came, each the same byte by byte"

echo "-- wrk"
wrk --threads 1 --connections 64 --duration 10s --latency "$url/" |
    tee "$results/wrk.log"
! grep -E 'Socket errors|Non-2xx' "$results/wrk.log" ||
    fail "wrk met errors"
requests=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' "$results/wrk.log")
test "$requests" -ge 10000 || fail "only $requests requests in 10 s"

stop_server
