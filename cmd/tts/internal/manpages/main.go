// Command manpages writes a man page for each command of tts into a folder. It is no command of
// tts, which need not carry what writes them:
//
//	go run ./internal/manpages -dir /usr/local/share/man/man1
package main

import (
	"flag"
	"log"
	"os"
	"time"

	"github.com/spf13/cobra/doc"

	"github.com/tiktokshop-go/tiktokshop/cmd/tts/internal/cli"
)

func main() {
	log.SetFlags(0)
	dir := flag.String("dir", "man", "the folder to write to")
	flag.Parse()
	if err := write(*dir); err != nil {
		log.Fatalf("manpages: %v", err)
	}
}

func write(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := cli.Root()
	root.DisableAutoGenTag = true // pages of one version are alike
	day := time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	return doc.GenManTree(root, &doc.GenManHeader{Title: "TTS", Section: "1", Source: "tts",
		Manual: "TikTok Shop", Date: &day}, dir)
}
