#!/bin/sh
# Runs every fuzz target of the repository for the time given, one after the other.
set -eu
time=${1:-20s}
found=0
for file in $(grep -rl --include='*_test.go' '^func Fuzz' .); do
	package=./$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		found=$((found + 1))
		echo "fuzz $package $target for $time"
		output=$(go test -tags embedded -run '^$' -fuzz "^$target\$" -fuzztime "$time" -fuzzminimizetime 1s "$package") || { echo "$output"; exit 1; }
		echo "$output" | tail -n 2
		case $output in *"no test files"* | *"no fuzz tests"*) echo "fuzz: $target did not run" >&2; exit 1 ;; esac
	done
done
[ "$found" -gt 0 ] || { echo "fuzz: no targets found" >&2; exit 1; }
