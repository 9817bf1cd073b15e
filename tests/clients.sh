#!/bin/bash
#
# Clients that people use, and what they ask for beyond a whole file: parts,
# conditions, compressed siblings, hosts, redirects, lists of files.
#
#	tests/clients.sh
#
# curl, wget and python3 are needed; git, apt, zsync and brotli are tried
# where they are installed. Everything that curl compares to a date is made
# long ago, so that no check depends on the clock.

set -eu -o pipefail
export LC_ALL=C.UTF-8
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tests/server.sh
. "$here/server.sh"

# is what got want
is()
{
	test "$2" = "$3" || fail "$1: got '$2', not '$3'"
}

# same what file file
same()
{
	cmp "$2" "$3" || fail "$1: not the bytes of $3"
}

# has what pattern file: a line of file matches
has()
{
	grep -qiE -- "$2" "$3" && return 0
	cat "$3" >&2
	fail "$1: nothing like '$2' in the above"
}

# has_no what pattern file
has_no()
{
	if grep -iE -- "$2" "$3" >&2; then
		fail "$1: the above is like '$2'"
	fi
}

# get format argument...: curl's report of one request; the head is left in
# $work/head, the content in $work/body
get()
{
	local format=$1

	shift
	rm -f "$work/body"
	: >"$work/body"
	curl -sS --max-time 30 -D "$work/head" -o "$work/body" \
	    -w "$format" "$@"
}

installed()
{
	command -v "$1" >/dev/null && return 0
	echo "   $1 is not installed: left out"
	return 1
}

# The sites

make_sites()
{
	site=$work/site
	mkdir -p "$site/new" "$site/sub dir" "$site/assets" "$work/docs" \
	    "$work/app"
	echo '<!DOCTYPE html><title>home</title><p>home' >"$site/index.html"
	seq -f 'line %g of a text' 1 500 >"$site/text.txt"
	head -c 5000000 /dev/urandom >"$site/big.bin"
	: >"$site/empty.txt"
	echo 'of a kind of its own' >"$site/data.foo"
	echo 'moved here' >"$site/new/page.txt"
	echo 'in it' >"$site/sub dir/index.html"
	echo 'not for you' >"$site/secret.txt"
	echo '<!DOCTYPE html><title>gone</title><p>our own page' \
	    >"$site/404.html"
	echo 'hidden' >"$site/.hidden"
	seq -f '.class-%g { color: red; }' 1 2000 >"$site/page.css"
	gzip -k -9 "$site/page.css"
	if command -v brotli >/dev/null; then
		brotli -k "$site/page.css"
	fi
	if command -v zstd >/dev/null; then
		zstd -q -k "$site/page.css"
	fi
	echo 'the docs' >"$work/docs/index.html"
	echo 'the application' >"$work/app/index.html"
	echo 'about us' >"$work/app/about.html"
	make_names "$work/names"
	find "$site" "$work/docs" "$work/app" "$work/names/plain" \
	    -exec touch -h -d '2021-03-04 05:06:07 UTC' {} +
	chmod 0 "$site/secret.txt"
}

# make_names directory: files whose names need care in a link
make_names()
{
	local name

	mkdir -p "$1/plain" "$1/a dir & more/deep;er" "$1/percent" \
	    "$1/.hidden"
	echo one >"$1/percent/100%25.txt"
	echo two >"$1/percent/a%20b.txt"
	while IFS= read -r name; do
		echo "this is $name" >"$1/$name"
		echo "deep $name" >"$1/a dir & more/deep;er/$name"
	done <<'END'
a file.txt
 first a space
two  spaces
Grüße aus Köln.txt
日本語.txt
100%.txt
what?.txt
?sort=name
#1.txt
this&that.txt
&amp;.txt
"quoted".txt
it's.txt
one+one.txt
a;b.txt
a:b.txt
http:colon.txt
<b>bold.txt
-dash.txt
~tilde.txt
[x]{y}^|`.txt
$HOME.txt
comma,equals=at@bang!star*.txt
a.tar.gz
END
	touch -d '2020-01-02 03:04:05 UTC' "$1/this&that.txt"
	echo hidden >"$1/.hidden/no.txt"
	echo hidden >"$1/.no.txt"
	ln -s plain "$1/link to a directory"
	ln -s "a file.txt" "$1/link to a file"
	ln -s nowhere "$1/broken link"
	ln -s /etc/passwd "$1/absolute link"
	head -c 70000 /dev/urandom >"$1/plain/seventy"
	: >"$1/plain/empty"
}

start_sites()
{
	start_configured <<END
host: 127.0.0.1
port: 0
protocol: http
http:
  document_root: $work/site
  error_pages: {404: /404.html}
  redirects:
    - {from: "/old/*", to: "/new/*", status: 308}
    - {from: /away, to: "http://docs.example.org:8/x#part", status: 302}
  headers:
    - {match: "/assets/*", set: {Cache-Control: "max-age=60", X-Part: assets}}
    - {match: "*.css", set: {X-Style: "yes"}}
  mime_types: {.foo: application/x-foo}
  hosts:
    docs.example.org: {document_root: $work/docs}
    names.example.org: {document_root: $work/names, listing: html}
    json.example.org: {document_root: $work/names, listing: json}
    app.example.org:
      document_root: $work/app
      fallback: /index.html
      clean_urls: true
END
}

# curl

# range text first-last: one range of big.bin
range()
{
	local first=${2%-*} last=${2#*-} size

	size=$(stat -c %s "$site/big.bin")
	is "curl --range $1" "$(get '%{http_code} %{size_download}' \
	    --range "$1" "$url/big.bin")" "206 $((last - first + 1))"
	has "curl --range $1" "^content-range: bytes $2/$size.?\$" \
	    "$work/head"
	tail -c "+$((first + 1))" "$site/big.bin" |
	    head -c $((last - first + 1)) >"$work/want" || :
	same "curl --range $1" "$work/body" "$work/want"
}

curl_ranges()
{
	local ranges

	echo "-- curl: ranges"
	range 0-0 0-0
	range 1000000-2499999 1000000-2499999
	range 4999999-4999999 4999999-4999999
	range -1 4999999-4999999
	range -70000 4930000-4999999
	range 4999000- 4999000-4999999
	range 4999000-9999999 4999000-4999999
	is "a range past the end" "$(get '%{http_code}' \
	    --range 5000000- "$url/big.bin")" 416
	has "a range past the end" '^content-range: bytes \*/5000000' \
	    "$work/head"
	is "a thousand ranges" "$(get '%{http_code} %{size_download}' \
	    --range "$(seq 2 2 2000 | sed 's/.*/&-&/' | paste -s -d ,)" \
	    "$url/big.bin")" "200 5000000"
	is "ranges larger than the file" "$(get \
	    '%{http_code} %{size_download}' --range 0-,0-,0-,1- \
	    "$url/big.bin")" "200 5000000"
	is "a range that is none" "$(get '%{http_code} %{size_download}' \
	    --range 5-1 "$url/big.bin")" "200 5000000"
	is "HEAD has no ranges" "$(get '%{http_code}' --head \
	    --range 0-0 "$url/big.bin")" 200
	for ranges in 0-0,-1 0-99,200-299,4999990- 10-19,-10,30-39,5-5 \
	    1-1,3-3,5-5,7-7,9-9,11-11,13-13,15-15; do
		is "ranges $ranges" "$(get '%{http_code}' \
		    --range "$ranges" "$url/big.bin")" 206
		python3 "$here/clients.py" multipart "$work/head" \
		    "$work/body" "$site/big.bin" "$ranges" ||
		    fail "curl --range $ranges"
	done
}

curl_resumes()
{
	echo "-- curl: resuming"
	head -c 1234567 "$site/big.bin" >"$work/part"
	is "curl -C -" "$(curl -sS --fail -C - -o "$work/part" \
	    -w '%{http_code} %{size_download}' "$url/big.bin")" \
	    "206 $((5000000 - 1234567))"
	same "curl -C -" "$work/part" "$site/big.bin"
	is "curl -C - of what is complete" "$(curl -sS -C - \
	    -o "$work/part" -w '%{http_code}' "$url/big.bin")" 416
	same "curl -C - of what is complete" "$work/part" "$site/big.bin"
	# If-Range: the part that there is belongs to another file.
	is "If-Range that does not hold" "$(get \
	    '%{http_code} %{size_download}' -H 'If-Range: "other"' \
	    --range 10- "$url/big.bin")" "200 5000000"
	is "If-Range that holds" "$(get '%{http_code} %{size_download}' \
	    -H "If-Range: $(field etag "$work/head")" \
	    --range 10- "$url/big.bin")" "206 4999990"
	is "If-Range by date" "$(get '%{http_code} %{size_download}' \
	    -H "If-Range: $(field last-modified "$work/head")" \
	    --range 10- "$url/big.bin")" "206 4999990"
}

# field name file: the value of a field in a head
field()
{
	tr -d '\r' <"$2" | grep -i "^$1:" | tail -n 1 | cut -d ' ' -f 2-
}

curl_conditions()
{
	local report='%{http_code} %{size_download}' name

	echo "-- curl: conditions"
	is "curl -z of that date" "$(get "$report" \
	    -z 'Thu, 04 Mar 2021 05:06:07 GMT' "$url/text.txt")" "304 0"
	is "curl -z of an earlier date" "$(get '%{http_code}' \
	    -z 'Thu, 04 Mar 2021 05:06:06 GMT' "$url/text.txt")" 200
	touch -d '2021-03-04 05:06:07 UTC' "$work/dated"
	is "curl -z of a file" "$(get "$report" -z "$work/dated" \
	    "$url/text.txt")" "304 0"
	touch -d '2021-03-04 05:06:06 UTC' "$work/dated"
	is "curl -z of an older file" "$(get '%{http_code}' \
	    -z "$work/dated" "$url/text.txt")" 200
	is "If-Unmodified-Since" "$(get '%{http_code}' \
	    -z '-Thu, 04 Mar 2021 05:06:06 GMT' "$url/text.txt")" 412

	for name in text.txt big.bin; do
		rm -f "$work/etag"
		is "curl --etag-save of $name" "$(get '%{http_code}' \
		    --etag-save "$work/etag" "$url/$name")" 200
		test -s "$work/etag" || fail "$name has no ETag"
		is "curl --etag-compare of $name" "$(get "$report" \
		    --etag-compare "$work/etag" "$url/$name")" "304 0"
		has_no "304 of $name" '^content-(length: [1-9]|type)' \
		    "$work/head"
		has "304 of $name" '^etag: ' "$work/head"
		# The same length, another content and time.
		tr '0-9\0' '1-90a' <"$site/$name" >"$work/new"
		cp "$work/new" "$site/$name"
		touch -d '2021-03-04 05:06:08 UTC' "$site/$name"
		is "curl --etag-compare of a changed $name" \
		    "$(get '%{http_code}' --etag-compare "$work/etag" \
		    "$url/$name")" 200
		same "a changed $name" "$work/body" "$site/$name"
	done
}

# The siblings that are there, as this curl can read them, in the order in
# which the server likes them.
curl_compressed()
{
	local coding suffix best='' features sizes=''

	echo "-- curl: compressed siblings"
	features=" $(curl --version | sed -n 's/^Features: *//p') "
	for coding in zstd:zst:zstd br:br:brotli gzip:gz:libz; do
		suffix=$(echo "$coding" | cut -d : -f 2)
		test -e "$site/page.css.$suffix" || continue
		case $features in
		*" ${coding##*:} "*) ;;
		*)	echo "   this curl reads no ${coding%%:*}"
			continue;;
		esac
		coding=${coding%%:*}
		best=${best:-$coding}
		is "a sibling in $coding" "$(get \
		    '%{http_code} %{size_download}' --compressed \
		    -H "Accept-Encoding: $coding" "$url/page.css")" \
		    "200 $(stat -c %s "$site/page.css.$suffix")"
		same "a sibling in $coding" "$work/body" "$site/page.css"
		is "Content-Encoding" \
		    "$(field content-encoding "$work/head")" "$coding"
		has "$coding" '^content-type: text/css; charset=utf-8' \
		    "$work/head"
		has "$coding" '^vary:.*accept-encoding' "$work/head"
		sizes="$sizes $(field etag "$work/head")"
		is "part of a sibling in $coding" "$(get \
		    '%{http_code} %{size_download}' --range -10 \
		    -H "Accept-Encoding: $coding" "$url/page.css")" "206 10"
		tail -c 10 "$site/page.css.$suffix" >"$work/want"
		same "part of a sibling in $coding" "$work/body" "$work/want"
	done
	is "curl --compressed" "$(get '%{http_code}' --compressed \
	    "$url/page.css")" 200
	is "what curl --compressed gets" \
	    "$(field content-encoding "$work/head")" "$best"
	same "curl --compressed" "$work/body" "$site/page.css"
	is "not compressed" "$(get '%{http_code} %{size_download}' \
	    "$url/page.css")" "200 $(stat -c %s "$site/page.css")"
	has_no "not compressed" '^content-encoding' "$work/head"
	has "not compressed" '^vary:.*accept-encoding' "$work/head"
	sizes="$sizes $(field etag "$work/head")"
	is "each variant has an ETag of its own" \
	    "$(echo "$sizes" | tr ' ' '\n' | sed '/^$/d' | sort -u | wc -l)" \
	    "$(echo "$sizes" | wc -w)"
	is "gzip;q=0" "$(get '%{size_download}' \
	    -H 'Accept-Encoding: gzip;q=0, br;q=0, zstd;q=0' \
	    "$url/page.css")" "$(stat -c %s "$site/page.css")"
	is "the best quality" "$(get '%{size_download}' \
	    -H 'Accept-Encoding: gzip;q=1.0, br;q=0.5, zstd;q=0.5' \
	    "$url/page.css")" "$(stat -c %s "$site/page.css.gz")"
	is "nothing acceptable" "$(get '%{http_code}' \
	    -H 'Accept-Encoding: compress, identity;q=0' \
	    "$url/page.css")" 406
	# A sibling that is out of date is not used.
	touch -d '2021-03-04 05:06:06 UTC' "$site"/page.css.*
	is "siblings that are older" "$(get '%{size_download}' --compressed \
	    "$url/page.css")" "$(stat -c %s "$site/page.css")"
}

# heads what argument...: HEAD has the head of GET, but for the Date
heads()
{
	local what=$1

	shift
	get '' "$@" >"$work/said"
	grep -vi '^date:' "$work/head" >"$work/head.get"
	get '' --head "$@" >"$work/said"
	grep -vi '^date:' "$work/head" >"$work/head.head"
	diff "$work/head.get" "$work/head.head" >&2 ||
	    fail "HEAD has not the head of GET: $what"
}

curl_methods()
{
	echo "-- curl: HEAD, HTTP/1.0, Expect"
	heads "a small file" "$url/text.txt"
	heads "a large file" "$url/big.bin"
	heads "an empty file" "$url/empty.txt"
	heads "an index" "$url/"
	heads "404" "$url/not-there"
	heads "403" "$url/secret.txt"
	heads "a redirect" "$url/old/page.txt"
	heads "a directory without its slash" "$url/new"
	heads "an unusable path" "$url/%2f"
	heads "a sibling" -H 'Accept-Encoding: gzip' "$url/page.css"
	heads "304" -z 'Thu, 04 Mar 2022 05:06:07 GMT' "$url/text.txt"
	heads "412" -H 'If-Match: "other"' "$url/text.txt"
	heads "406" -H 'Accept-Encoding: identity;q=0' "$url/page.css"
	heads "a list of files" -H 'Host: names.example.org' "$url/"
	heads "a list as JSON" -H 'Host: json.example.org' "$url/"
	heads "a fallback" -H 'Host: app.example.org' "$url/some/view"
	is "curl -I" "$(get '%{http_code} %{size_download}' -I \
	    "$url/big.bin")" "200 0"
	is "the length that curl -I tells" \
	    "$(field content-length "$work/head")" 5000000

	is "curl --http1.0" "$(get '%{http_code} %{size_download}' \
	    --http1.0 "$url/big.bin")" "200 5000000"
	same "curl --http1.0" "$work/body" "$site/big.bin"
	# The wait for "100 Continue" would be longer than --max-time.
	is "Expect with POST" "$(get '%{http_code} %{size_upload}' \
	    --expect100-timeout 60 -H 'Expect: 100-continue' -d data \
	    "$url/text.txt")" "405 0"
	has "405" '^allow: GET, HEAD, OPTIONS' "$work/head"
	is "Expect with GET" "$(get '%{http_code} %{size_upload}' \
	    --expect100-timeout 60 -X GET -H 'Expect: 100-continue' -d data \
	    "$url/text.txt")" "200 0"
	same "Expect with GET" "$work/body" "$site/text.txt"
}

curl_addresses()
{
	local follow='%{http_code} %{num_redirects} %{url_effective}'
	local docs=docs.example.org

	echo "-- curl: redirects, hosts, paths"
	is "http.redirects" "$(get '%{http_code} %{redirect_url}' \
	    "$url/old/page.txt?a=b")" "308 $url/new/page.txt?a=b"
	is "curl -L" "$(get "$follow" -L "$url/old/page.txt")" \
	    "200 1 $url/new/page.txt"
	same "curl -L" "$work/body" "$site/new/page.txt"
	is "a redirect to another host" "$(get '%{http_code}' \
	    "$url/away")" 302
	is "Location" "$(field location "$work/head")" \
	    "http://docs.example.org:8/x#part"
	is "a directory's slash" "$(get "$follow" -L \
	    "$url/sub%20dir?q=1")" "200 1 $url/sub%20dir/?q=1"
	same "a directory's slash" "$work/body" "$site/sub dir/index.html"
	is "no other host in a redirect" "$(get '%{http_code}' \
	    --path-as-is "$url//sub%20dir")" 301
	has "no other host in a redirect" '^location: /sub%20dir/.?$' \
	    "$work/head"

	is "a host with -H" "$(get '%{http_code}' -H "Host: $docs" \
	    "$url/")" 200
	same "a host with -H" "$work/body" "$work/docs/index.html"
	is "a host with --resolve" "$(get '%{http_code}' \
	    --resolve "$docs:$port:127.0.0.1" "http://$docs:$port/")" 200
	same "a host with --resolve" "$work/body" "$work/docs/index.html"
	is "a host in capitals, with a dot" "$(get '%{http_code}' \
	    -H 'Host: DOCS.Example.ORG.:80' "$url/")" 200
	same "a host in capitals, with a dot" "$work/body" \
	    "$work/docs/index.html"
	get '' -H 'Host: other.example.org' "$url/"
	same "another host" "$work/body" "$site/index.html"
	is "a file of another host" "$(get '%{http_code}' \
	    -H "Host: $docs" "$url/text.txt")" 404

	is "dot segments" "$(get '%{http_code}' --path-as-is \
	    "$url/new/../sub%20dir/./../text.txt")" 200
	same "dot segments" "$work/body" "$site/text.txt"
	is "dot segments, encoded" "$(get '%{http_code}' --path-as-is \
	    "$url/new/%2e%2E/text.txt")" 200
	is "above the root" "$(get '%{http_code}' --path-as-is \
	    "$url/new/../../etc/passwd")" 400
	is "a slash that is encoded" "$(get '%{http_code}' \
	    "$url/new%2Fpage.txt")" 400
	is "a name with a dot" "$(get '%{http_code}' "$url/.hidden")" 404

	is "http.error_pages" "$(get '%{http_code}' "$url/none.txt")" 404
	same "http.error_pages" "$work/body" "$site/404.html"
	is "http.fallback" "$(get '%{http_code}' -H 'Host: app.example.org' \
	    "$url/some/view?x=1")" 200
	same "http.fallback" "$work/body" "$work/app/index.html"
	is "no fallback for a picture" "$(get '%{http_code}' \
	    -H 'Host: app.example.org' "$url/missing.png")" 404
	is "http.clean_urls" "$(get '%{http_code}' \
	    -H 'Host: app.example.org' "$url/about")" 200
	same "http.clean_urls" "$work/body" "$work/app/about.html"
	is "http.mime_types" "$(get '%{content_type}' "$url/data.foo")" \
	    application/x-foo
	is "http.headers" "$(get '%{http_code}' "$url/page.css")" 200
	has "http.headers" '^x-style: yes' "$work/head"
	get '' "$url/assets/none"
	has "http.headers on 404" '^x-part: assets' "$work/head"
	has "a 404 is not kept" '^cache-control: no-cache' "$work/head"
}

# wget

wget_files()
{
	local log=$work/wget.log

	echo "-- wget: resuming, time stamps"
	mkdir -p "$work/wget"
	cd "$work/wget"
	head -c 3000000 "$site/big.bin" >big.bin
	wget -S -c -o "$log" "$url/big.bin" || fail "wget -c"
	has "wget -c" '^ *HTTP/1.1 206 ' "$log"
	same "wget -c" big.bin "$site/big.bin"
	wget -S -c -o "$log" "$url/big.bin" ||
	    fail "wget -c of what is complete"
	has "wget -c of what is complete" 'already fully retrieved' "$log"
	same "wget -c of what is complete" big.bin "$site/big.bin"

	wget -S -N -o "$log" "$url/text.txt" || fail "wget -N"
	same "wget -N" text.txt "$site/text.txt"
	is "the time that wget -N sets" "$(stat -c %Y text.txt)" \
	    "$(stat -c %Y "$site/text.txt")"
	wget -S -N -o "$log" "$url/text.txt" || fail "wget -N again"
	has "wget -N again" '^ *HTTP/1.1 304 ' "$log"
	tr lt tl <"$site/text.txt" >"$work/new"
	cp "$work/new" "$site/text.txt"
	touch -d '2021-03-05 05:06:07 UTC' "$site/text.txt"
	wget -S -N -o "$log" "$url/text.txt" || fail "wget -N of a new file"
	has "wget -N of a new file" '^ *HTTP/1.1 200 ' "$log"
	same "wget -N of a new file" text.txt "$site/text.txt"
	cd "$work"
}

# Over the list of files alone: every file, whatever it is called.
wget_list()
{
	local number=0 file copy=$work/copy

	echo "-- wget: a copy over the list of files"
	mkdir "$copy"
	# Not the links that sort: only they have a query. In percent are names
	# that wget decodes twice when it writes a file.
	(cd "$copy" && wget --no-verbose -o "$work/wget.log" -r -np -l inf \
	    -nH -e robots=off --reject-regex '[?]' -X /percent \
	    --restrict-file-names=nocontrol \
	    --header 'Host: names.example.org' "$url/") || {
		cat "$work/wget.log" >&2
		fail "wget -r"
	}
	while IFS= read -r -d '' file; do
		same "wget -r" "$copy/$file" "$work/names/$file"
		rm -f "$copy/$file"
		number=$((number + 1))
	done < <(cd "$work/names" && find -L . -not -path '*/.?*' -type f \
	    -not -name 'absolute link' -not -path './percent/*' -print0)
	find "$copy" -type f -not -name index.html >"$work/others"
	test ! -s "$work/others" || {
		cat "$work/others" >&2
		fail "wget -r found what is not there"
	}
	echo "   $number files"
	test $number -ge 48 || fail "wget -r: only $number files"
}

# python3

python_clients()
{
	echo "-- python3: http.client, urllib, lists as JSON"
	python3 "$here/clients.py" keep-alive "$port" "$site" ||
	    fail "python3: keep-alive"
	python3 "$here/clients.py" urllib "$port" "$site" ||
	    fail "python3: urllib"
	python3 "$here/clients.py" list "$port" "$work/names" ||
	    fail "python3: lists of files"
}

# Others

git_clone()
{
	echo "-- git: a clone without a git server"
	installed git || return 0
	(
		export HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
		git config --global user.name tester
		git config --global user.email tester@example.org
		git config --global init.defaultBranch main
		git init -q "$work/tree"
		cd "$work/tree"
		for n in 1 2 3; do
			cp "$work/names/plain/seventy" "file $n"
			echo "$n" >>"file $n"
			git add .
			git commit -q -m "change $n"
		done
		git tag v1
		git clone -q --bare "$work/tree" "$site/tree.git"
		cd "$site/tree.git"
		# Some of it packed, some not.
		git repack -q -a -d
		cd "$work/tree"
		echo new >"file 4"
		git add .
		git commit -q -m more
		git push -q "$site/tree.git" main
		git -C "$site/tree.git" update-server-info
		chmod -R a+rX "$site/tree.git"
		git clone -q "$url/tree.git" "$work/clone" 2>&1
		git -C "$work/clone" fsck --full --strict 2>&1
		# Something new, to an existing clone.
		echo newer >>"file 4"
		git commit -q -a -m again
		git push -q "$site/tree.git" main
		git -C "$site/tree.git" update-server-info
		chmod -R a+rX "$site/tree.git"
		git -C "$work/clone" pull -q
		test "$(git rev-parse HEAD)" = \
		    "$(git -C "$work/clone" rev-parse HEAD)"
	) >"$work/git.log" 2>&1 || {
		cat "$work/git.log" >&2
		fail "git clone"
	}
	diff -r -x .git "$work/tree" "$work/clone" ||
	    fail "git clone: not the same files"
}

# apt with directories of its own
own_apt()
{
	local command=$1 dir=$work/apt

	shift
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" \
	    "$dir/etc/parts"
	touch "$dir/status" "$dir/etc/preferences"
	echo "deb [trusted=yes] $url/debian ./" >"$dir/etc/sources.list"
	"$command" -o Dir::Etc="$dir/etc" -o Dir::Etc::Parts="$dir/etc/parts" \
	    -o Dir::Etc::SourceParts=- -o Dir::State="$dir" \
	    -o Dir::State::status="$dir/status" -o Dir::Cache="$dir/cache" \
	    -o APT::Sandbox::User= -o Debug::NoLocking=true \
	    -o Acquire::http::Proxy=DIRECT -o Acquire::Languages=none \
	    "$@" >"$work/apt.log" 2>&1 || {
		cat "$work/apt.log" >&2
		fail "$command $*"
	}
}

apt_repository()
{
	local debian=$site/debian deb=a-package_1.0_all.deb sum

	echo "-- apt: a repository of packages"
	installed apt-get || return 0
	installed dpkg-deb || return 0
	mkdir -p "$work/package/DEBIAN" "$debian"
	printf '%s\n' 'Package: a-package' 'Version: 1.0' \
	    'Architecture: all' 'Maintainer: tester <tester@example.org>' \
	    'Description: nothing' >"$work/package/DEBIAN/control"
	cp "$site/big.bin" "$work/package/data"
	dpkg-deb -Znone --root-owner-group -b "$work/package" \
	    "$debian/$deb" >/dev/null
	sum=$(sha256sum "$debian/$deb" | cut -d ' ' -f 1)
	{
		cat "$work/package/DEBIAN/control"
		echo "Filename: ./$deb"
		echo "Size: $(stat -c %s "$debian/$deb")"
		echo "SHA256: $sum"
	} >"$debian/Packages"
	{
		echo 'Suite: test'
		echo 'SHA256:'
		echo " $(sha256sum "$debian/Packages" | cut -d ' ' -f 1)" \
		    "$(stat -c %s "$debian/Packages") Packages"
	} >"$debian/Release"
	find "$debian" -exec touch -h -d '2021-03-04 05:06:07 UTC' {} +
	own_apt apt-get update
	has "apt-get update" "^Get:.*Packages" "$work/apt.log"
	own_apt apt-get update
	has "apt-get update again" "^Hit:" "$work/apt.log"
	# What an earlier download left is gone on with.
	head -c 1000000 "$debian/$deb" \
	    >"$work/apt/cache/archives/partial/$deb"
	touch -d '2021-03-04 05:06:07 UTC' \
	    "$work/apt/cache/archives/partial/$deb"
	own_apt apt-get -o Debug::Acquire::http=true -y -d install a-package
	has "apt-get install of a part" '^ *HTTP/1.1 206 ' "$work/apt.log"
	same "apt-get install of a part" \
	    "$work/apt/cache/archives/$deb" "$debian/$deb"
}

# A new version of a large file, by the parts of it that are new.
zsync_file()
{
	local n

	echo "-- zsync: only what has changed"
	installed zsync || return 0
	cp "$site/big.bin" "$work/older.bin"
	# zsync asks for up to 20 ranges at a time, and takes a whole file for
	# an error: no more places than the server answers ranges.
	for n in $(seq 1 8); do
		head -c 1000 /dev/urandom | dd of="$work/older.bin" bs=1000 \
		    seek=$((n * 600)) conv=notrunc status=none
	done
	zsyncmake -u "$url/big.bin" -o "$site/big.bin.zsync" \
	    "$site/big.bin"
	(cd "$work" && timeout 20 zsync -i older.bin -o newer.bin \
	    "$url/big.bin.zsync") >"$work/zsync.log" 2>&1 || {
		# It says the same again and again.
		tr '\r' '\n' <"$work/zsync.log" | sed -n 1,20p >&2
		fail "zsync"
	}
	same "zsync" "$work/newer.bin" "$site/big.bin"
	# "used 4970000 local, fetched 30000"
	tr '\r' '\n' <"$work/zsync.log" | grep '^used'
	test "$(tr '\r' '\n' <"$work/zsync.log" |
	    sed -n 's/^used .*, fetched //p')" -le 1000000 ||
		fail "zsync fetched more than what has changed"
}

# explain status pattern argument...: what mynahd --explain says
explain()
{
	local want=$1 pattern=$2 status=0

	shift 2
	(cd / && as_nobody "$work/mynahd" --config "$server_config" \
	    --explain "$@") >"$work/explained" 2>&1 || status=$?
	is "exit status of --explain $*" "$status" "$want"
	has "--explain $*" "$pattern" "$work/explained"
}

explained()
{
	local path

	echo "-- mynahd --explain"
	explain 0 '^answer +HTTP/1\.1 200 ' /text.txt
	has "the file" "^look +$site/text.txt" "$work/explained"
	touch -d '2021-03-04 05:06:07 UTC' "$site"/page.css.*
	explain 0 '^ +content-encoding: gzip' /page.css \
	    -H 'Accept-Encoding: gzip'
	explain 0 '^answer +HTTP/1\.1 206 ' /text.txt -H 'Range: bytes=0-9'
	explain 0 '^answer +HTTP/1\.1 304 ' /text.txt \
	    -H 'If-Modified-Since: Thu, 04 Mar 2027 05:06:07 GMT'
	explain 1 '^answer +HTTP/1\.1 404 ' /texd.txt
	has "the name that is nearest" 'text\.txt' "$work/explained"
	has "the error page" '^error page +/404.html' "$work/explained"
	explain 1 '^answer +HTTP/1\.1 403 ' /secret.txt
	has "what is at fault" '^reason .*secret\.txt' "$work/explained"
	explain 1 '^answer +HTTP/1\.1 404 ' /.hidden
	has "dotfiles" '^reason .*http\.dotfiles' "$work/explained"
	explain 0 '^answer +HTTP/1\.1 308 ' /old/page.txt
	has "its rule" '^redirect +line 8, from /old/\* to /new/\*' \
	    "$work/explained"
	has "where it leads" 'Location: /new/page.txt' "$work/explained"
	explain 0 '^answer +HTTP/1\.1 301 ' '/sub dir'
	has "where it leads" 'Location: /sub%20dir/' "$work/explained"
	explain 0 "^host +docs.example.org.*$work/docs" \
	    http://docs.example.org/
	explain 0 '^fallback +/index.html' http://app.example.org/some/view
	explain 1 '^answer +HTTP/1\.1 405 ' /text.txt -X POST
	explain 1 '^answer +HTTP/1\.1 400 ' /../etc/passwd
	explain 64 'https' https://docs.example.org/
	explain 64 . docs.example.org/
	# It is what is really answered.
	for path in /text.txt /page.css /none /old/page.txt /secret.txt; do
		get '' "$url$path"
		tr -d '\r' <"$work/head" |
		    grep -viE '^(date:|connection:|$)' >"$work/want"
		explain "$(test "$(sed -n 's/^[^ ]* \([0-9]\).*/\1/p;q' \
		    "$work/want")" -lt 4; echo $?)" '^answer' "$path"
		sed -n '/^answer/,$s/^.\{13\}//p' "$work/explained" |
		    grep -viE '^(date:|connection:|$)' >"$work/said" || :
		diff "$work/want" "$work/said" >&2 ||
		    fail "--explain $path tells another head than is sent"
	done
}

make_work
make_sites
start_sites
curl_ranges
curl_resumes
curl_methods
curl_addresses
curl_compressed
curl_conditions
wget_files
wget_list
python_clients
git_clone
apt_repository
explained
zsync_file
stop_server
echo "clients: all served"
