"""What callers left behind: messages as pieces of work, and the list of those who were missed."""
