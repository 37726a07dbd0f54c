#!/bin/bash -eu
# Builds every fuzz target there is, for OSS-Fuzz.
go install github.com/AdamKorcz/go-118-fuzz-build@latest
git grep -oE '^func Fuzz[[:alnum:]_]+' -- '*_test.go' | while IFS=: read -r file target; do
	target=${target#func }
	(cd "$(dirname "$file")" && compile_native_go_fuzzer "$(go list .)" "$target" "$(dirname "$file" | tr / _)_$target") </dev/null
done
