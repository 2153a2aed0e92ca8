// Package otlp holds what Jackdaw says and understands as OTLP against OpenTelemetry's own protobuf types.
// LogsData, of these, is on the wire what an ExportLogsServiceRequest is, and needs no gRPC. It holds tests only.
package otlp
