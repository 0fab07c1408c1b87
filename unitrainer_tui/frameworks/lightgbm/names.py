"""LightGBM's models and parameters by name. No import here: the program reads this too, to check a profile early."""

from __future__ import annotations

MODELS = ("gbdt", "dart", "rf", "goss")
DEFAULT_MODEL = "gbdt"
TASKS = ("classification", "regression", "ranking")

# `[training.options]` that are ours.
OWN_OPTIONS = ("task", "keep", "early_stopping_rounds", "resume")

_ROUNDS = "training.epochs is the number of rounds"
_SEED = "training.seed says it"
_GPUS = "training.gpus says whether a GPU is used"
_MODEL = "training.model says it"
_PATIENCE = "early_stopping_rounds is its name here"
_CLASSES = "the target's classes are counted"
_COLUMNS = "the [dataset] section of the profile says it"

_ROUNDS_NAMES = """
    num_iterations num_iteration n_iter num_tree num_trees num_round num_rounds nrounds num_boost_round
    n_estimators max_iter
"""
_COLUMN_NAMES = """
    categorical_feature cat_feature categorical_column cat_column categorical_features weight_column weight
    group_column group group_id query_column query query_id label_column label ignore_column ignore_feature
    blacklist data train train_data train_data_file data_filename valid test valid_data valid_data_file
    test_data test_data_file valid_filenames
"""

# What the profile says elsewhere: option (aliases too) -> where.
RESERVED = {
    **dict.fromkeys(("boosting", "boosting_type", "boost", "data_sample_strategy"), _MODEL),
    **dict.fromkeys(_ROUNDS_NAMES.split(), _ROUNDS),
    **dict.fromkeys(("seed", "random_seed", "random_state"), _SEED),
    **dict.fromkeys(("device_type", "device"), _GPUS),
    **dict.fromkeys(("num_class", "num_classes"), _CLASSES),
    **dict.fromkeys(("early_stopping_round", "early_stopping", "n_iter_no_change"), _PATIENCE),
    **dict.fromkeys(_COLUMN_NAMES.split(), _COLUMNS),
}

# https://lightgbm.readthedocs.io/en/stable/Parameters.html, with the aliases.
_NAMES = """
    alpha auc_mu_weights bagging bagging_by_query bagging_fraction bagging_fraction_seed bagging_freq
    bagging_seed bin_construct_sample_cnt boost_from_average bundle cat_l2 cat_smooth
    cegb_penalty_feature_coupled cegb_penalty_feature_lazy cegb_penalty_split cegb_tradeoff colsample_bynode
    colsample_bytree data_random_seed data_seed deterministic drop_rate drop_seed early_stopping_min_delta
    enable_bundle enable_sparse eta eval_at extra_seed extra_tree extra_trees fair_c fc feature_contri
    feature_contrib feature_fraction feature_fraction_bynode feature_fraction_seed feature_penalty
    feature_pre_filter force_col_wise force_row_wise forced_splits forced_splits_file forced_splits_filename
    forcedbins_filename forcedsplits_filename fp fs gpu_device_id gpu_device_id_list gpu_platform_id gpu_use_dp
    hist_pool_size histogram_pool_size interaction_constraints is_enable_bundle is_enable_sparse is_sparse
    is_unbalance l1_regularization l2_regularization label_gain lambda lambda_l1 lambda_l2 lambdarank_norm
    lambdarank_position_bias_regularization lambdarank_truncation_level learning_rate linear_lambda linear_tree
    linear_trees map_at map_eval_at max_bin max_bin_by_feature max_bins max_cat_threshold max_cat_to_onehot
    max_delta_step max_depth max_drop max_leaf max_leaf_nodes max_leaf_output max_leaves max_tree_output mc
    mc_method metric metric_types metrics min_child_samples min_child_weight min_data min_data_in_bin
    min_data_in_leaf min_data_per_group min_data_per_leaf min_gain_to_split min_hessian min_samples_leaf
    min_split_gain min_sum_hessian min_sum_hessian_in_leaf min_sum_hessian_per_leaf monotone_constraint
    monotone_constraints monotone_constraints_method monotone_constraining_method monotone_penalty
    monotone_splits_penalty monotonic_cst mc_penalty ms_penalty multi_error_top_k n_jobs ndcg_at ndcg_eval_at
    neg_bagging neg_bagging_fraction neg_sub_row neg_subsample nthread nthreads num_gpu num_grad_quant_bins
    num_leaf num_leaves num_thread num_threads objective objective_seed objective_type app application loss
    other_rate path_smooth poisson_max_delta_step pos_bagging pos_bagging_fraction pos_sub_row pos_subsample
    quant_train_renew_leaf rate_drop refit_decay_rate reg_alpha reg_lambda reg_sqrt
    saved_feature_importance_type scale_pos_weight shrinkage_rate sigmoid skip_drop sparse stochastic_rounding
    sub_feature sub_feature_bynode sub_row subsample subsample_for_bin subsample_freq top_k top_rate topk tree
    tree_learner tree_learner_type tree_type tweedie_variance_power unbalance unbalanced_sets uniform_drop
    use_missing use_quantized_grad verbose verbosity xgboost_dart_mode zero_as_missing
"""
PARAMETERS = frozenset(_NAMES.split())
