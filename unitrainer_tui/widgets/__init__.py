"""What the screens are made of. Nothing here reads a file or waits: values come in, text goes out."""
