"""The PyTorch training script. Nothing here is imported by the program; the folder is sent to the host."""
