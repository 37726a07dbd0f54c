# Each target is a step of .ci/run; "make" runs them all.
.PHONY: all tests format generated vet lint race tools kills systems cost chaos fuzz examples bench
all:
	bash .ci/run
tests format generated vet lint race tools kills systems cost chaos fuzz examples:
	bash .ci/run $@
bench: # a call beside a hand-written one
	go test -run '^$$' -bench . -benchmem .
