package small

// Wait counts in a type of a package that this file does not import.
func Wait(c Config) bool { return (c.Interval * 2).Seconds() < 3 }
