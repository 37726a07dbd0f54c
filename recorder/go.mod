module github.com/tiktokshop-go/tiktokshop/recorder

go 1.25.0

require (
	github.com/stretchr/testify v1.12.1
	github.com/tiktokshop-go/tiktokshop v0.0.0
	go.yaml.in/yaml/v4 v4.0.0-rc.6
	gopkg.in/dnaeon/go-vcr.v4 v4.0.7
)

require (
	github.com/google/go-querystring v1.2.0 // indirect
	go.yaml.in/yaml/v3 v3.0.5 // indirect
)

replace github.com/tiktokshop-go/tiktokshop => ..
