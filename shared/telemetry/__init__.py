"""What a process tells about its work while it works: metrics and traces. Nothing here names a customer."""
