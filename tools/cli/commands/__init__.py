"""The commands as a person types them: arguments, help and exit codes. What they do is in the modules above."""
