"""Datasets: what they hold, what is wrong with them, what is sent of them."""
