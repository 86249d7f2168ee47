"""What the log cannot tell, as small contracts, and what each indicator takes of it. Pure."""
