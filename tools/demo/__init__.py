"""`make demo` and `make demo-smoke`: the whole product on this machine, with five stories that happen now."""
