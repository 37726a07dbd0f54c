package affiliateseller

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/tiktokshop-go/tiktokshop"
	"github.com/tiktokshop-go/tiktokshop/poll"
)

// ErrExportFailed ends a wait for an export that the platform could not make.
var ErrExportFailed = errors.New("the export failed")

// WaitForCompassExport asks GetCompassTaskList until a task of CreateCompassOfflineExportTask is
// over, and returns it: DownloadCompassTaskFile has the file. kind is the kind of export that the
// task was started with. Any other end is a *poll.Error, with ErrExportFailed if there
// will be no file. A task that is not in the list yet is waited for.
func (s *Service) WaitForCompassExport(
	ctx context.Context, kind CompassModule, taskID tiktokshop.ID, wait poll.Policy,
	opts ...tiktokshop.Option,
) (Task, error) {
	wait.What = cmp.Or(wait.What, "the compass export "+string(taskID))
	return poll.Until(ctx, wait,
		func(ctx context.Context) (Task, error) {
			resp, err := s.GetCompassTaskList(ctx, &GetCompassTaskListRequest{DocType: kind},
				opts...)
			if err != nil {
				return Task{}, err
			}
			tasks := resp.Data.Tasks
			if i := slices.IndexFunc(tasks, func(t Task) bool { return t.ID == taskID }); i >= 0 {
				return tasks[i], nil
			}
			return Task{ID: taskID}, nil
		},
		func(task Task) (bool, error) {
			if task.Status == TaskStatusFailed {
				return true, ErrExportFailed
			}
			return task.Status.IsTerminal(), nil
		})
}
