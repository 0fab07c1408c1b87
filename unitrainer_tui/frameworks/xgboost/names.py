"""XGBoost's models and parameters by name. No import here: the program reads this too, to check a profile early."""

from __future__ import annotations

MODELS = ("gbtree", "dart", "gblinear")
DEFAULT_MODEL = "gbtree"
TASKS = ("classification", "regression", "ranking")

# `[training.options]` that are ours.
OWN_OPTIONS = ("task", "keep", "early_stopping_rounds", "resume")

# What the profile says elsewhere: option -> where.
RESERVED = {
    "booster": "training.model says it",
    "device": "training.gpus says whether a GPU is used",
    "gpu_id": "training.gpus says whether a GPU is used",
    "seed": "training.seed says it",
    "random_state": "training.seed says it",
    "seed_per_iteration": "it is always on, so that a run can go on from its checkpoint",
    "num_class": "the target's classes are counted",
    "num_boost_round": "training.epochs is the number of rounds",
    "n_estimators": "training.epochs is the number of rounds",
    "enable_categorical": "it is always on; dataset.categorical names the columns",
    "disable_default_eval_metric": "the objective's own metric is the loss",
}

# https://xgboost.readthedocs.io/en/stable/parameter.html, and the names that the sklearn interface gives them.
_NAMES = """
    aft_loss_distribution aft_loss_distribution_scale alpha base_score colsample_bylevel colsample_bynode
    colsample_bytree eta eval_metric feature_selector gamma grow_policy huber_slope interaction_constraints
    lambda lambdarank_bias_norm lambdarank_normalization lambdarank_num_pair_per_sample lambdarank_pair_method
    lambdarank_score_normalization lambdarank_unbiased learning_rate max_bin max_cached_hist_node
    max_cat_threshold max_cat_to_onehot max_delta_step max_depth max_leaves min_child_weight min_split_loss
    monotone_constraints multi_strategy n_jobs ndcg_exp_gain normalize_type nthread num_parallel_tree objective
    one_drop process_type quantile_alpha rate_drop refresh_leaf reg_alpha reg_lambda sample_type sampling_method
    scale_pos_weight sketch_ratio skip_drop subsample tolerance top_k tree_method tweedie_variance_power updater
    validate_parameters verbosity
"""
PARAMETERS = frozenset(_NAMES.split())
