"""unitrainer-tui: train a model on a rented cloud GPU from a terminal, and always give the machine back."""

__version__ = "0.1.0"
