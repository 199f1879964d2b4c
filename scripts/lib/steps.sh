# steps.sh - the steps of scripts/test and scripts/torture, to be sourced at the project's
# root: build, run tests, count.

# The builds. gcc's is the one that is released: optimised, without assertions. The others
# keep the assertions. clang's address build finds bad memory and undefined behaviour, and
# holds the fuzzers.
gcc_options="-DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCQRS_VALGRIND=ON"
clang_options="-DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCQRS_TIDY=ON"
address_options="-DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DCQRS_SANITIZE=fuzzer"
thread_options="-DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS=-O1 -DCQRS_SANITIZE=thread"
# What is measured: the libraries as they are released, and nothing that is not needed.
bench_options="-DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O2
	-DCMAKE_C_FLAGS=-DNDEBUG -DCQRS_BUILD_BENCH=ON -DCQRS_BUILD_TESTS=OFF -DCQRS_BUILD_TESTING=OFF
	-DCQRS_INSTALL=OFF"

begin_run() {
	results=$PWD/build/results
	rm -rf "$results" build/tmp
	mkdir -p "$results" build/tmp
	# What tests leave in the temporary directory goes with it, and the processes they
	# leave are known by this mark in their environment.
	TMPDIR=$PWD/build/tmp
	CQRS_TEST_RUN=$$-$(date +%s)
	export TMPDIR CQRS_TEST_RUN
}

# Say what begins, and when it ends how long it took.
step() { # text, command...
	text=$1
	shift
	echo "== $text"
	started=$(date +%s)
	"$@"
	step_status=$?
	echo "== $text: $(($(date +%s) - started)) s"
	return $step_status
}

build() { # name, options for cmake
	if step "build $1" build_quietly "$@"; then
		echo passed >"$results/build-$1"
	else
		echo failed >"$results/build-$1"
		return 1
	fi
}

build_quietly() {
	directory=build/$1
	log=build/$1.log
	shift
	mkdir -p build
	cmake -S . -B "$directory" -G Ninja -DCQRS_WERROR=ON "$@" >"$log" 2>&1 &&
		cmake --build "$directory" -- -k 0 >>"$log" 2>&1 || {
		cat "$log"
		return 1
	}
}

run_tests() { # name of the build, options for ctest
	name=$1
	shift
	step "test $name" ctest --test-dir "build/$name" --no-tests=ignore \
		-j "$(getconf _NPROCESSORS_ONLN)" --output-on-failure \
		--test-output-size-passed 8000000 --test-output-size-failed 8000000 \
		--output-junit "$results/$name.xml" "$@"
}

end_run() {
	python3 scripts/lib/count_tests.py "$results"
	counted=$?
	rm -rf build/tmp
	exit $counted
}
