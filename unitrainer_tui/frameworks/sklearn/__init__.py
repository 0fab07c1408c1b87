"""The tabular training script: sent to the host as a folder, run there as `python train.py`."""
