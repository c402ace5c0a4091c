#!/bin/sh
# Runs every fuzz target of the repository for the time given, one after the other.
set -eu
time=${1:-20s}
found=0

# fuzz runs one target. When its time is over while a worker is still busy, go test calls that a failure ("context deadline exceeded",
# without an input that fails); then it is run once more.
fuzz() {
	output=$(go test -tags embedded -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 1s "$1") && return
	case $output in
	*"Failing input"*) ;;
	*"context deadline exceeded"*) output=$(go test -tags embedded -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 1s "$1") && return ;;
	esac
	echo "$output"
	return 1
}

for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		found=$((found + 1))
		echo "fuzz $package $target for $time"
		fuzz "$package" "$target" || exit 1
		echo "$output" | tail -n 2
		case $output in *"no test files"* | *"no fuzz tests"*) echo "fuzz: $target did not run" >&2; exit 1 ;; esac
	done
done
[ "$found" -gt 0 ] || { echo "fuzz: no targets found" >&2; exit 1; }
