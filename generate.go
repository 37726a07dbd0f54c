package tiktokshop

//go:generate go -C tools run ./generate
