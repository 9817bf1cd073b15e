#!/bin/sh
#
# What systemd thinks of the units: no complaint of "verify", and an exposure
# of at most 1.7 by "security". 77: systemd-analyze is not installed.
#
#	MYNAHD=build/mynahd tests/units.sh

set -eu

CDPATH='' cd -- "$(dirname -- "$0")/.."
most=17		# tenths
program=${MYNAHD:-$PWD/build/mynahd}
command -v systemd-analyze >/dev/null || {
	echo "systemd-analyze is not installed (Debian: systemd)"
	exit 77
}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM

# With a program that is there: verify looks for it.
for unit in etc/systemd/mynahd*; do
	sed "s|/usr/sbin/mynahd|$program|" "$unit" >"$dir/${unit##*/}"
done
mv "$dir/mynahd@.service" "$dir/mynahd@1.service"

# One at a time, so that a complaint has its unit. The manuals that they name
# need not be installed here.
status=0
for unit in "$dir"/*; do
	echo "verify ${unit##*/}"
	SYSTEMD_LOG_LEVEL=notice systemd-analyze --man=no verify "$unit" \
	    >"$dir/said" 2>&1 </dev/null || status=1
	# Units of this machine may have faults of their own.
	if grep -F mynahd "$dir/said"; then
		status=1
	fi
done

for unit in "$dir"/*.service; do
	systemd-analyze --no-pager --offline=true --threshold=$most \
	    security "$unit" >"$dir/said" </dev/null || {
		grep '^✗' "$dir/said" || :
		status=1
	}
	tail -n 1 "$dir/said"
done

# What make install writes names this program's own directories.
make=$(dirname "$program")/Makefile
if test -e "$make"; then
	make -s -C "${make%/*}" DESTDIR="$dir/root" install >/dev/null
	find "$dir/root" -name 'mynahd*.service' -exec grep -H ExecStart= {} + |
	    sed 's|.*ExecStart=\([^ ]*\).*|\1|' | sort -u >"$dir/paths"
	test -s "$dir/paths" || {
		echo "make install installs no unit"
		status=1
	}
	while read -r path; do
		test -x "$dir/root$path" || {
			echo "$path is not installed, and a unit names it"
			status=1
		}
	done <"$dir/paths"
fi
exit $status
