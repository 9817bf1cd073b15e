#!/bin/sh
#
# Review by programs, those of them that are installed. Every finding is a
# failure.
#
#	tests/lint.sh [cppcheck] [tidy] [man] [shell]	without words: all
#
# The environment may give LINT_CPPFLAGS (the directory of build.h first).

# shellcheck disable=SC2317	# functions called by a name put together

set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$top"
status=0
jobs=$(nproc 2>/dev/null || echo 1)
LINT_CPPFLAGS=${LINT_CPPFLAGS:--Ibuild -DHAVE_CONFIG_H}

# has program: say so where it is missing
has()
{
	if command -v "$1" >/dev/null 2>&1; then
		echo "  LINT     $1"
		return 0
	fi
	echo "  SKIP     $1 is not installed"
	return 1
}

lint_cppcheck()
{
	has cppcheck || return 0
	# The one header of the system whose macros it has to know.
	queue=$(echo '#include <sys/queue.h>' | "${CC:-cc}" -M -x c - |
	    tr ' ' '\n' | grep 'sys/queue\.h$')
	# shellcheck disable=SC2086	# several flags
	cppcheck --quiet -j "$jobs" --std=c11 --inline-suppr \
	    --error-exitcode=1 \
	    --enable=warning,style,performance,portability \
	    --suppress=missingIncludeSystem --suppress=variableScope \
	    --template='{file}:{line}: {severity}: {message} [{id}]' \
	    $LINT_CPPFLAGS -Isrc --include="$queue" \
	    '-DDEFAULT_CONFIG=""' '-DDEFAULT_ROOT=""' src
}

lint_tidy()
{
	has clang-tidy || return 0
	flags="$LINT_CPPFLAGS -D_GNU_SOURCE -Isrc -std=gnu17"
	for library in libevent_core yaml-0.1; do
		flags="$flags $(pkg-config --cflags "$library" 2>/dev/null)" ||
		    :
	done
	# The count of suppressed warnings goes to stderr, findings do not.
	# shellcheck disable=SC2086	# several flags
	find src -name '*.c' -print | sort |
	    xargs -P "$jobs" -I '{}' clang-tidy --quiet \
		--warnings-as-errors='*' '{}' -- $flags \
		'-DDEFAULT_CONFIG=""' '-DDEFAULT_ROOT=""' 2>/dev/null
}

# Whether the pages that one page names are installed is no matter of it.
lint_man()
{
	has mandoc || return 0
	if mandoc -T lint -W style man/*.[1-9] 2>&1 |
	    grep -v 'mandoc.db lacks\|referenced manual not found'; then
		return 1
	fi
}

lint_shell()
{
	has shellcheck || return 0
	shellcheck --severity=warning bootstrap .ci/run tests/*.sh
}

test $# -gt 0 || set -- cppcheck tidy man shell
for what; do
	case $what in
	cppcheck|tidy|man|shell)
		"lint_$what" || status=1;;
	*)
		echo "lint.sh: unknown: $what" >&2
		exit 2;;
	esac
done
exit $status
