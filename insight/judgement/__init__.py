"""What figures mean: beside targets and the period before, why they are out of range, and whose move it is. Pure."""
