"""LightGBM on a table. The folder's files are sent to the host as they are; there they stand beside each other."""
