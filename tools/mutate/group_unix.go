//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a process that is about to start a group of its own, which its children are in,
// too.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
