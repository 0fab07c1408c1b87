"""The models that go by a plain name. No import here: the program reads this list too, to check a profile early."""

from __future__ import annotations

# name -> (the classifier's class, the regressor's class); None where there is no such thing.
MODELS: dict[str, tuple[str | None, str | None]] = {
    "hist-gradient-boosting": ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor"),
    "gradient-boosting": ("GradientBoostingClassifier", "GradientBoostingRegressor"),
    "random-forest": ("RandomForestClassifier", "RandomForestRegressor"),
    "extra-trees": ("ExtraTreesClassifier", "ExtraTreesRegressor"),
    "decision-tree": ("DecisionTreeClassifier", "DecisionTreeRegressor"),
    "mlp": ("MLPClassifier", "MLPRegressor"),
    "sgd": ("SGDClassifier", "SGDRegressor"),
    "logistic-regression": ("LogisticRegression", None),
    "ridge": ("RidgeClassifier", "Ridge"),
    "linear-regression": (None, "LinearRegression"),
    "svm": ("SVC", "SVR"),
    "nearest-neighbors": ("KNeighborsClassifier", "KNeighborsRegressor"),
    "naive-bayes": ("GaussianNB", None),
}

DEFAULT_MODEL = "hist-gradient-boosting"

# `[training.options]` that are ours; every other key is a parameter of the estimator.
OWN_OPTIONS = ("task", "keep", "trees", "early_stopping_rounds", "resume")

TASKS = ("classification", "regression")
