// Package cookbook has the recipes of docs/cookbook.md as examples: each is a function to copy, and
// an example that runs it against the fake platform. There is nothing to import.
package cookbook
