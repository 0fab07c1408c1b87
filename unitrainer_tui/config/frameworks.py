"""The names of the frameworks, for whoever must not wait for the profile's model to load."""

FRAMEWORKS = ("yolo", "pytorch", "sklearn", "xgboost", "lightgbm", "custom")
