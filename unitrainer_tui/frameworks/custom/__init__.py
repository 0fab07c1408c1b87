"""A command of the user's own: no script here; its room says what `registry` knows of it.

The command runs in the folder `training.source`, beside the dataset, with UNITRAINER_DATASET, UNITRAINER_OUTPUT and
UNITRAINER_JOB in its environment; `training.artifacts` say which file below the output folder is the model.
"""
