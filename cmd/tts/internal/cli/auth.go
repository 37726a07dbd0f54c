package cli

// Where `tts auth login` listens for the browser, unless it is told otherwise. A served fake sends it there.
const (
	loginAddr    = "127.0.0.1:8085"
	callbackPath = "/callback"
)
