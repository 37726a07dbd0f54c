package tiktokshop

//go:generate go -C tools run ./importer -words
//go:generate go -C tools run ./generate
