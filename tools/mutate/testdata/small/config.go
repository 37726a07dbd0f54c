package small

import "time"

// Config brings in a type that the file which uses it does not import.
type Config struct{ Interval time.Duration }
