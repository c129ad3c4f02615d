"""Arrays as something to look at: cells, colours, numbers and plain text. Knows no terminal app."""
