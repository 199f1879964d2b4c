#!/bin/sh
# headers.sh - compile one public header by itself, as C11 and as C++17, by gcc and by clang.
# usage: headers.sh INCLUDE_DIRECTORY cqrs/HEADER
set -u
include=$1
header=$2
status=0

# Only what follows the first two arguments differs: compiler, language, standard.
compile() {
	printf '#include <%s>\nextern int not_empty;\n' "$header" |
		"$1" -x "$2" -std="$3" -I"$include" -Wall -Wextra -Wpedantic -Wconversion -Wshadow \
			-Werror -fsyntax-only - || {
		echo "$header does not compile alone: $1 $3"
		status=1
	}
}

for compiler in gcc clang g++ clang++; do
	if ! command -v $compiler >/dev/null; then
		echo "there is no $compiler"
		exit 77
	fi
done
compile gcc c c11
compile clang c c11
compile g++ c++ c++17
compile clang++ c++ c++17
exit $status
