package open_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/api/open"
	"github.com/tiktokshop-go/tiktokshop/tiktokshoptest"
)

// A file goes up in chunks; what the platform did not accept of it is sent by another call.
func ExampleService_UploadFile() {
	srv, err := tiktokshoptest.Start() // in a program, a client of NewClient
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	service := open.New(srv.Client())

	req := &open.UploadFileRequest{
		Name:        "demo.mp4",
		ContentType: "video/mp4",
		TargetPath:  "[POST]/customer_service/202309/conversations/{conversation_id}/messages",
		Content:     strings.NewReader(strings.Repeat("film ", 5<<20)), // an *os.File, as a rule
		Progress:    func(sent, total int64) { fmt.Printf("%d of %d bytes\n", sent, total) },
	}
	resp, err := service.UploadFile(context.Background(), req)
	var failed *open.UploadError
	if errors.As(err, &failed) {
		req.Resume = failed.Session
		resp, err = service.UploadFile(context.Background(), req)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("vid", resp.Data.ResourceID)
	// Output:
	// 10485760 of 26214400 bytes
	// 20971520 of 26214400 bytes
	// 26214400 of 26214400 bytes
	// vid v0000000000000000000000000000001
}
