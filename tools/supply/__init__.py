"""What we ship that others wrote: known weaknesses of it, and under which licences it comes."""
