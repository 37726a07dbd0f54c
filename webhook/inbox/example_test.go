package inbox_test

import (
	"fmt"
	"strings"

	"github.com/tiktokshop-go/tiktokshop/webhook/inbox"
)

func ExampleMigrations() {
	statements, err := inbox.Migrations(inbox.MySQL, inbox.DefaultTablePrefix)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, statement := range statements {
		fmt.Println(strings.ReplaceAll(statement, "\t", "  ") + ";")
	}
	// Output:
	// CREATE TABLE IF NOT EXISTS tiktokshop_inbox (
	//   id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
	//   event_key VARBINARY(255) NOT NULL UNIQUE,
	//   owner VARBINARY(255) NOT NULL,
	//   topic BIGINT NOT NULL,
	//   body LONGBLOB NOT NULL,
	//   received_at BIGINT NOT NULL,
	//   state VARBINARY(255) NOT NULL,
	//   attempts INTEGER NOT NULL,
	//   due_at BIGINT NOT NULL,
	//   reason MEDIUMTEXT CHARACTER SET utf8mb4 NOT NULL,
	//   KEY tiktokshop_inbox_state (state, due_at),
	//   KEY tiktokshop_inbox_owner (owner, state, id)
	// ) ENGINE=InnoDB;
}
