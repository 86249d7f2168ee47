"""What a flow is written in: nodes, what they say, conditions and templates, as data that can be read and judged."""
