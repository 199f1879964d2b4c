#!/bin/sh
# run.sh - consume the library as its users do: installed into a prefix that has moved
# since, or as a part of the user's own build; then run the user's program.
# usage: run.sh SOURCE_DIR WORK_DIR static|shared STEP, with CC in the environment
# The step install comes first; find_package and pkg_config use what it installed.
set -eu
source=$1
work=$2/$3
kind=$3
step=$4
consumer=$source/tests/consumer
prefix=$work/moved
shared=OFF
[ "$kind" = static ] || shared=ON

quietly() { # show the output only if the command fails
	"$@" >"$work/log" 2>&1 || {
		cat "$work/log"
		exit 1
	}
}

configure() { # build directory, arguments
	directory=$1
	shift
	quietly cmake -G Ninja -B "$directory" -DCMAKE_C_COMPILER="$CC" -DCMAKE_BUILD_TYPE=Debug \
		-DBUILD_SHARED_LIBS=$shared "$@"
}

run_program() {
	rm -f "$work/consumer.db"*
	"$1" "sqlite:$work/consumer.db"
}

mkdir -p "$work"
case $step in
install)
	rm -rf "$work/prefix" "$prefix"
	configure "$work/library" -S "$source" -DCMAKE_INSTALL_PREFIX="$work/prefix" \
		-DCQRS_BUILD_TESTS=OFF -DCQRS_BUILD_EXAMPLES=OFF
	quietly cmake --build "$work/library"
	quietly cmake --install "$work/library"
	mv "$work/prefix" "$prefix"
	;;
find_package)
	rm -rf "$work/find_package"
	configure "$work/find_package" -S "$consumer" -DCMAKE_PREFIX_PATH="$prefix"
	quietly cmake --build "$work/find_package"
	run_program "$work/find_package/consumer"
	;;
pkg_config)
	PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name cqrs.pc)")
	export PKG_CONFIG_PATH
	# The words of the flags are meant to be split.
	quietly $CC -std=c11 -o "$work/pkg_config" "$consumer/main.c" \
		$(pkg-config --cflags --libs cqrs-sqlite)
	LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
	export LD_LIBRARY_PATH
	run_program "$work/pkg_config"
	;;
add_subdirectory)
	configure "$work/add_subdirectory" -S "$consumer" -DCQRS_SOURCE_DIR="$source"
	quietly cmake --build "$work/add_subdirectory"
	run_program "$work/add_subdirectory/consumer"
	;;
exports)
	python3 "$source/tests/checks/exports.py" "$source/include" $(find "$prefix" -name '*.so')
	;;
*)
	echo "run.sh: unknown step $step" >&2
	exit 2
	;;
esac
