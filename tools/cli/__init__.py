"""The command line `ashiato`: what people and scripts run. Each command is a module; `main` puts them together."""
