#!/bin/bash
#
# How fast mynah is beside curl and nc, and how much memory it takes.
#
#	tests/client_speed.sh [MiB [rounds]]
#
# A file of so many MiB (1024) goes from mynahd to memory, so many times (5),
# by "mynah get -o", "curl -o", "mynah connect" and nc in turn. The table has
# the medians of wall and CPU time, the most anonymous memory that was seen
# (RssAnon), and how many times as fast as curl it is, by wall and by CPU time:
# the median of each round's ratio.
#
# Each copy must be right, and mynah must stay below 4 MiB of RssAnon. Times
# are not judged here: they need a quiet machine. The environment may give
# MYNAH and MYNAHD (the programs).

set -eu -o pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
TMPDIR=/dev/shm
# shellcheck source=tests/server.sh
. "$here/server.sh"

MYNAH=${MYNAH:-$here/../build/mynah}
for program in curl nc python3; do
	command -v $program >/dev/null || {
		echo "$program is not installed"
		exit 77
	}
done
make_work
mkdir "$work/site"
# No page of it is like another, and it takes no long time to make.
python3 - "$work/site/big.bin" "${1:-1024}" <<'END'
import os
import sys

block = os.urandom(1048576)
with open(sys.argv[1], "wb") as f:
    for i in range(int(sys.argv[2])):
        f.write(i.to_bytes(8, "big") + block[8:])
END
start_server "$work/site"
"$here/client_speed.py" --mynah "$MYNAH" --port "$port" --work "$work" \
    --rounds "${2:-5}"
stop_server
