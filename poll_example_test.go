package tiktokshop_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tiktokshop-go/tiktokshop"
)

// A program waits until some job of the platform's is over. It gives up after an hour, and a job
// that failed is an error.
func ExamplePoll() {
	states := []string{"WAITING", "RUNNING", "FINISHED"} // what the platform will say
	asked := 0
	state, err := tiktokshop.Poll(context.Background(),
		tiktokshop.PollPolicy{What: "the export", MaxWait: time.Hour, MinDelay: time.Millisecond, MaxDelay: 5 * time.Millisecond},
		func(context.Context) (string, error) { // a call of the SDK
			asked++
			return states[asked-1], nil
		},
		func(state string) (bool, error) {
			if state == "FAILED" {
				return true, errors.New("the platform could not make it")
			}
			return state == "FINISHED", nil
		})
	fmt.Println(state, err, "after", asked, "questions")
	// Output: FINISHED <nil> after 3 questions
}

// An operation that takes 50 products is given as many at once.
func ExampleBatches() {
	products := slices.Repeat([]tiktokshop.ID{"7362840009596339971"}, 120)
	for batch := range tiktokshop.Batches(slices.Values(products), 50) {
		fmt.Println(len(batch))
	}
	// Output:
	// 50
	// 50
	// 20
}
