"""How well methods tell who has osteoporosis, as their critics would measure it.

Values: `values.Subjects`, `values.OutOfFold` (a row of the table), `values.Interval`, `bootstrap.Difference`, `summary.Summary`.

- `folds`: `repeated_folds`, `hold_out`, `film_parts` - who trains, calibrates and is tested; never a subject on two sides
- `statistics`: `auc`, `brier`, `rates`, `predictive_values`, `f1_threshold`, `subject_probability` - plain numbers
- `weighted`: the same for many weighted samples at once, with `f1`, `macro_f1`, `accuracy`; what the bootstrap takes
- `bootstrap`: `bootstrap`, `bootstrap_difference` - percentile intervals over subjects
- `delong`: `delong`, `delong_difference` - variance of an AUC, and the test of two correlated ones
- `reliability`: `calibration_error`, `calibration_errors`, `calibration_line`, `calibration_curve`
- `curves`: `roc_curve`, `decision_curve` - with bands
- `baselines`: `baseline`, `combined` - age, sex and cortical index, alone and stacked with the network
- `subgroups`: `by_bone`, `by_decade`, `by_sex`
- `coverage`: `interval_coverage` - of the interval over the plausible outlines
- `summary`: `summarise` - every figure of a row
- `tables`: `results_table`, `calibration_table`, `predictive_table`, `subgroup_table`, `results_csv`
- `order`: `order_sentences`, `against_sentences`, `differences` - where the order is not the paper's, and whether by chance
- `plots`: `plot_roc`, `plot_calibration`, `plot_decision`, `plot_forest`, `plot_subgroups`
"""
