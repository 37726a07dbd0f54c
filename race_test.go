//go:build race

package tiktokshop_test

const raceEnabled = true
