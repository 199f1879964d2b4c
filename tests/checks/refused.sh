#!/bin/sh
# refused.sh - what the record macros must not compile.
#
#	refused.sh COMPILER INCLUDE_DIRECTORY FOLDER
#
# Each FOLDER/*.c holds one mistake and says in its first lines what is expected:
#	expect: text that the compiler's message contains
#	only: clang           (the other compilers do not find it)
#	options: -Werror      (it is but a warning otherwise)
# Compiled with -DCORRECT, which puts the mistake right, each must compile without a warning.
set -u
compiler=$1
include=$2
folder=$3
failed=0
case $("$compiler" --version) in
*clang*) family=clang ;;
*) family=gcc ;;
esac

compile() { # file, options
	file=$1
	shift
	"$compiler" -std=c11 -I "$include" -fsyntax-only "$@" "$file" 2>&1
}

for file in "$folder"/*.c; do
	expected=$(sed -n 's/^ \* expect: //p' "$file")
	only=$(sed -n 's/^ \* only: //p' "$file")
	options=$(sed -n 's/^ \* options: //p' "$file")
	if ! message=$(compile "$file" -DCORRECT -Wall -Wextra -Wpedantic -Werror); then
		echo "$file: does not compile where it is correct:"
		echo "$message"
		failed=1
	fi
	if [ -n "$only" ] && [ "$only" != $family ]; then
		continue
	fi
	if message=$(compile "$file" $options); then
		echo "$file: compiles, and must not"
		failed=1
	elif ! echo "$message" | grep -q -e "$expected"; then
		echo "$file: the message does not contain '$expected':"
		echo "$message"
		failed=1
	fi
done
exit $failed
