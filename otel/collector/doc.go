// Package collector holds the spans and metrics of package oteltiktokshop against an OpenTelemetry
// Collector. It is a module of its own, so that no program depends on a collector; it has tests
// only.
package collector
