"""Figures of scikit-learn and SciPy for the cases on standard input: a line of JSON in, a line of JSON out."""
import json
import sys

import numpy as np
from scipy import stats
from sklearn import decomposition, metrics


def binary(case):
    labels, scores = np.array(case["labels"]), np.array(case["scores"], dtype=float)
    try:
        auc = metrics.roc_auc_score(labels, scores)
    except ValueError as error:  # one class only, or not a number
        return {"refused": str(error)}
    said = scores >= case["threshold"]
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    sums = precision + recall
    return {
        "auc": auc,
        "f1": metrics.f1_score(labels, said, zero_division=0),
        "accuracy": metrics.accuracy_score(labels, said),
        "balanced": metrics.balanced_accuracy_score(labels, said),
        "best_f1": float(np.max(np.where(sums > 0, 2 * precision * recall / np.where(sums > 0, sums, 1), 0))),
    }


def masks(case):
    one, other = np.array(case["one"]), np.array(case["other"])
    return {"dice": metrics.f1_score(one, other, zero_division=1), "iou": metrics.jaccard_score(one, other, zero_division=1)}


def samples(case):
    x, y = np.array(case["x"]), np.array(case["y"])
    return {"wasserstein": stats.wasserstein_distance(x, y), "ks": stats.ks_2samp(x, y).statistic}


def components(case):
    rows = np.array(case["rows"], dtype=np.float32).astype(float)
    deviation = rows.std(axis=0)
    standard = (rows - rows.mean(axis=0)) / np.where(deviation > 0, deviation, 1)
    fit = decomposition.PCA(n_components=2, svd_solver="full").fit(standard)
    # The sign of an axis is free: its largest number, of equals the first, is positive.
    axes = [a if a[np.argmax(np.abs(a) > np.max(np.abs(a)) - 1e-6)] > 0 else -a for a in fit.components_]
    return {"explained": list(fit.explained_variance_ratio_), "first": list(standard @ axes[0]), "second": list(standard @ axes[1])}


KINDS = {"binary": binary, "masks": masks, "samples": samples, "components": components}
for line in sys.stdin:
    case = json.loads(line)
    print(json.dumps(KINDS[case["kind"]](case)))
