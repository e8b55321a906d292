"""What docs/telemetry.md says of metrics and alerts, made from the code and the manifests."""
