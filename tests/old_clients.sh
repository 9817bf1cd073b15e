#!/bin/bash
#
# Clients as they have been written by hand for decades, all of them on one
# port with the four keys host, port, backlog and document_root.

set -eu -o pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"

make_work
mkdir -p "$work/site/files"
echo '<!DOCTYPE html><title>home</title><p>home' >"$work/site/index.html"
for i in $(seq 1 200); do
	echo "line $i of a text that is read in small pieces"
done >"$work/site/romeo.txt"
echo "the text of a.txt" >"$work/site/files/a.txt"
head -c 230604 /dev/urandom >"$work/site/cover.jpg"

start_server "$work/site"
python3 "$here/old_clients.py" "$port" "$work/site"
stop_server
echo "old clients: all served"
