"""What other teams and other languages read instead of our models: JSON Schemas and an AsyncAPI document."""
