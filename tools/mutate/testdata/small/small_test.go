package small_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"example.com/small"
)

func TestMax(t *testing.T) {
	t.Parallel()
	if small.Max(1, 2) != 2 || small.Max(2, 1) != 2 {
		t.Error("wrong")
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	if small.Fill(nil) == nil || small.Fill(make([]byte, 1)) != nil {
		t.Error("wrong")
	}
}

func TestCount(t *testing.T) {
	t.Parallel()
	if small.Count(3) != 6 {
		t.Error("wrong")
	}
}

func TestUse(t *testing.T) {
	var c small.Closer
	if c.Use(); !c.Closed {
		t.Error("wrong")
	}
}

func TestChild(t *testing.T) {
	if os.Getenv("SMALL_CHILD") != "" {
		os.Exit(small.Child(2))
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestChild$")
	cmd.Env = append(os.Environ(), "SMALL_CHILD=1")
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 5 {
		t.Errorf("exit code %d", code)
	}
}

func TestBroken(t *testing.T) {
	small.Unused(true)
	t.Error("always fails")
}

func ExampleSum() {
	if small.Sum(1, 2, 3) != 6 || small.Sum(1.5, 2) != 3.5 {
		panic("wrong")
	}
	// Output:
}

func TestTable(t *testing.T) {
	if small.Table(2) != 7 {
		t.Error("wrong")
	}
}

func TestWait(t *testing.T) {
	if small.Wait(small.Config{Interval: 2 * time.Second}) || !small.Wait(small.Config{Interval: time.Second}) {
		t.Error("wrong")
	}
}

func TestIsLast(t *testing.T) {
	if small.IsLast(1) || !small.IsLast(1<<63-1) {
		t.Error("wrong")
	}
}
