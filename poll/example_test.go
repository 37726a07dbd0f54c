package poll_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tiktokshop-go/tiktokshop/poll"
)

// A program waits until some job of the platform's is over. It gives up after an hour, and a job
// that failed is an error.
func ExampleUntil() {
	states := []string{"WAITING", "RUNNING", "FINISHED"} // what the platform will say
	asked := 0
	state, err := poll.Until(context.Background(),
		poll.Policy{What: "the export", MaxWait: time.Hour, MinDelay: time.Millisecond,
			MaxDelay: 5 * time.Millisecond},
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
