package affiliateseller_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/tiktokshop-go/tiktokshop/api/affiliateseller"
	"github.com/tiktokshop-go/tiktokshop/poll"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// patience is short for an example; a program writes poll.Policy{MaxWait: time.Hour}.
var patience = poll.Policy{
	MaxWait: time.Minute, MinDelay: time.Millisecond, MaxDelay: time.Millisecond,
}

// exports answers for task 7 with one status after the other; "" is a list without it.
func exports(srv *tiktokshoptest.Server, statuses ...affiliateseller.TaskStatus) {
	asked := -1
	tiktokshoptest.AnswerFunc(srv, (*affiliateseller.Service).GetCompassTaskList,
		func(
			tiktokshoptest.Call,
		) (d affiliateseller.GetCompassTaskListData, _ *tiktokshoptest.Refusal) {
			asked++
			d.Tasks = []affiliateseller.Task{{ID: "6", Status: affiliateseller.TaskStatusSucceeded}}
			if status := statuses[min(asked, len(statuses)-1)]; status != "" {
				d.Tasks = append(d.Tasks, affiliateseller.Task{ID: "7", FileName: "base.csv",
					Status: status})
			}
			return d, nil
		})
}

func TestWaitForCompassExport(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		statuses []affiliateseller.TaskStatus
		is       error
	}{
		{"made", []affiliateseller.TaskStatus{"", "RUNNING", "SUCCEEDED"}, nil},
		{"failed", []affiliateseller.TaskStatus{"RUNNING", "FAILED"},
			affiliateseller.ErrExportFailed},
		{"never", []affiliateseller.TaskStatus{"RUNNING"}, poll.ErrNotDone},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := tiktokshoptest.New()
				exports(srv, tt.statuses...)
				task, err := affiliateseller.New(srv.Client()).WaitForCompassExport(t.Context(),
					"BASE", "7", poll.Policy{MaxWait: time.Hour})
				require.ErrorIs(t, err, tt.is)
				assert.Equal(t, affiliateseller.Task{ID: "7", FileName: "base.csv",
					Status: tt.statuses[len(tt.statuses)-1]}, task)
				if tt.is != poll.ErrNotDone {
					assert.Len(t, srv.Requests(), len(tt.statuses))
				}
			})
		})
	}
}

func ExampleService_WaitForCompassExport() {
	srv := tiktokshoptest.New() // a program talks to the platform
	exports(srv, affiliateseller.TaskStatusRunning, affiliateseller.TaskStatusSucceeded)
	seller := affiliateseller.New(srv.Client())
	task, err := seller.WaitForCompassExport(context.Background(), "BASE", "7", patience)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(task.FileName, task.Status) // now DownloadCompassTaskFile
	// Output: base.csv SUCCEEDED
}
