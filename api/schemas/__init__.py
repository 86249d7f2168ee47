"""Bodies of the API: msgspec structs, one file per resource; JSON names are the field names."""
