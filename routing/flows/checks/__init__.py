"""What must hold before a flow is published, told so that its author can mend it."""
