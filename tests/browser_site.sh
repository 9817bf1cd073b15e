#!/bin/bash
#
# A real browser uses a site: a player seeks, styles and scripts come
# compressed, a page is visited again, an application has one page for all
# its views, lists of files are sorted. Pictures of lists are left.
#
#	tests/browser_site.sh pictures
#
# pictures	the directory for them

set -eu -o pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"
pictures=$(mkdir -p "$1" && cd "$1" && pwd)

# A minute of a tone that rises: PCM, as it needs no decoder.
make_sound()
{
	python3 - "$1" <<'END'
import array
import math
import sys
import wave

RATE = 44100
period = array.array("h", (
    int(9000 * math.sin(2 * math.pi * i / 100)) for i in range(100)))
with wave.open(sys.argv[1], "wb") as sound:
    sound.setnchannels(2)
    sound.setsampwidth(2)
    sound.setframerate(RATE)
    second = array.array("h", (period[i // 2 % 100]
                               for i in range(2 * RATE)))
    for _ in range(60):
        sound.writeframes(second.tobytes())
END
}

make_pages()
{
	mkdir -p "$site/media" "$site/compressed" "$site/revisit" "$work/app"
	make_sound "$site/media/sound.wav"
	cat >"$site/media/index.html" <<'END'
<!DOCTYPE html><title>media</title><link rel="icon" href="data:,">
<audio controls muted preload="metadata" src="sound.wav"></audio>
END

	cat >"$site/compressed/index.html" <<'END'
<!DOCTYPE html><title>nothing ran</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="style.css">
<link rel="stylesheet" href="gzip-only.css">
<p>text</p>
<script src="script.js"></script>
END
	{
		seq -f '.class-%g { color: red; }' 1 2000
		echo 'p { color: rgb(1, 2, 3); }'
	} >"$site/compressed/style.css"
	{
		seq -f '.other-%g { color: red; }' 1 2000
		echo 'p { margin-left: 77px; }'
	} >"$site/compressed/gzip-only.css"
	{
		echo 'let n = 0;'
		seq -f 'n = %g;' 1 2000
		# shellcheck disable=SC2016	# for the browser
		echo 'document.title = `the script ran, ${n}`;'
	} >"$site/compressed/script.js"
	brotli -k "$site/compressed/style.css" "$site/compressed/script.js"
	gzip -k "$site"/compressed/*.css "$site/compressed/script.js"

	cat >"$site/revisit/index.html" <<'END'
<!DOCTYPE html><title>nothing ran</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="always.css"><p>text</p>
<script src="fresh.js"></script>
END
	echo 'p { color: green; }' >"$site/revisit/always.css"
	echo 'document.title = "visited";' >"$site/revisit/fresh.js"

	cat >"$work/app/index.html" <<'END'
<!DOCTYPE html><title>nothing ran</title><link rel="icon" href="data:,">
<script src="/app.js"></script>
END
	echo 'document.title = "view " + location.pathname + location.search;' \
	    >"$work/app/app.js"
}

# Lists as they are met: many types, sizes and times, long names, links.
make_lists()
{
	local files=$site/files n name

	mkdir -p "$files/deep/er" "$files/a directory" "$site/many" \
	    "$site/empty" \
	    "$files/a directory with a name that goes on and on and on"
	n=0
	while IFS= read -r name; do
		n=$((n + 1))
		head -c $((n * n * n * 97)) /dev/zero >"$files/$name"
		touch -d "2025-11-01 12:00:00 UTC + $((n * 37 % 29)) days" \
		    "$files/$name"
	done <<'END'
README
index.txt
style.css
script.js
picture.png
photo.jpeg
drawing.svg
sound.ogg
film.mp4
manual.pdf
archive-1.2.3.tar.gz
disk.iso
table.csv
data.json
Grüße aus Köln.txt
日本語のとても長いファイル名.txt
ملف.txt
a-long-name-without-any-place-to-break-it-0123456789-0123456789-0123456789-0123456789-abcdefghijklmnopqrstuvwxyz.tar.zst
a long name with many words in it that will not fit into one line of a telephone and perhaps not of a desk.html
100% & <b>"quoted" it's?.txt
#hash;semicolon+plus=equals.txt
END
	: >"$files/empty file"
	ln -s style.css "$files/link to a file"
	ln -s 'a directory' "$files/link to a directory"
	for n in 1 2 3; do
		echo "$n" >"$files/deep/er/$n.txt"
	done
	for n in $(seq -w 1 300); do
		head -c "$n" /dev/zero >"$site/many/file-$n.dat"
		touch -d "2026-01-01 00:00:00 UTC + $((10#$n * 7)) hours" \
		    "$site/many/file-$n.dat"
	done
}

make_work
site=$work/site
make_pages
make_lists
# What is fresh by its age is not asked for again.
find "$site/compressed" "$site/revisit" "$site/media" "$work/app" \
    -exec touch -d '2021-03-04 05:06:07 UTC' {} +
start_configured <<END
host: 127.0.0.1
port: 0
protocol: http
http:
  document_root: $site
  listing: html
  headers:
    - {match: "/revisit/*", set: {Cache-Control: no-cache}}
    - {match: "/revisit/fresh.js", set: {Cache-Control: "max-age=3600"}}
  hosts:
    app.example.org: {document_root: $work/app, fallback: /index.html}
END
mkdir -m 777 "$work/browser"
cd "$work/browser"
export HOME="$work/browser" XDG_CONFIG_HOME="$work/browser" \
    XDG_CACHE_HOME="$work/browser"
# as_nobody is known to bash alone.
export -f as_nobody
status=0
# shellcheck disable=SC2016	# for the inner shell
python3 "$here/browser_site.py" "$port" "$site" "$pictures" \
    bash -c 'as_nobody "$@"' bash \
    chromium --headless --no-sandbox --disable-gpu \
    --disable-dev-shm-usage --disable-background-networking \
    --disable-component-update --disable-sync --no-first-run \
    --mute-audio --autoplay-policy=no-user-gesture-required \
    --host-resolver-rules='MAP *.example.org 127.0.0.1' \
    --user-data-dir="$work/browser/profile" --remote-debugging-pipe \
    2>"$work/browser.log" || status=$?
if test $status -ne 0; then
	tail -n 20 "$work/browser.log" >&2
	fail "in the browser"
fi
stop_server
