"""Golden figures of scikit-learn, statsmodels and numpy, for packages/lab/test/evaluate/metrics.test.ts.

Run: python -m venv VENV && VENV/bin/pip install scikit-learn==1.9.1 statsmodels==0.15.0, then
VENV/bin/python tools/oracles/metrics.py. Writes packages/lab/test/golden/metrics.json.

Scores and answers come from an integer formula that the test computes as well. They have ties; in `rare` one class has no picture,
and one is never said.
"""

import importlib.metadata
import json
import math
import pathlib
import sys
import warnings

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint

OUT = pathlib.Path(__file__).resolve().parents[2] / "packages/lab/test/golden/metrics.json"
BINS = 15


def numbers(count: int, series: int, levels: int) -> np.ndarray:
    """The formula: whole numbers from 0 to levels - 1."""
    index = np.arange(count, dtype=np.int64)
    return ((index * 7919 + series * 104729 + index * index * 31) % 10007) % levels


def probabilities(count: int, classes: int, series: int) -> np.ndarray:
    """Few levels, so that there are ties; rows sum to 1."""
    raw = np.stack([numbers(count, series + label, 12) + 0.25 for label in range(classes)], axis=1)
    return raw / raw.sum(axis=1, keepdims=True)


def none_for_nan(value):
    if isinstance(value, (list, np.ndarray)):
        return [none_for_nan(each) for each in value]
    value = float(value)
    return None if math.isnan(value) else value


def reliability(p: np.ndarray, true: np.ndarray) -> tuple:
    bins = np.clip(np.ceil(p * BINS).astype(int) - 1, 0, BINS - 1)
    counts = np.bincount(bins, minlength=BINS)
    sums = np.bincount(bins, weights=p, minlength=BINS)
    hits = np.bincount(bins, weights=true.astype(float), minlength=BINS)
    known = counts > 0
    error = np.sum(counts[known] * np.abs(sums[known] / counts[known] - hits[known] / counts[known])) / counts.sum()
    return counts.tolist(), float(error)


def ranked(true: np.ndarray, score: np.ndarray) -> dict:
    both = 0 < true.sum() < len(true)
    out = {"rocAuc": None, "averagePrecision": None, "roc": None, "precisionRecall": None, "pr_auc": None}
    if both:
        fpr, tpr, thresholds = metrics.roc_curve(true, score, drop_intermediate=False)
        out["roc"] = [fpr.tolist(), tpr.tolist(), thresholds[1:].tolist()]
        out["rocAuc"] = float(metrics.roc_auc_score(true, score))
    if true.sum() > 0:
        precision, recall, thresholds = metrics.precision_recall_curve(true, score)
        out["precisionRecall"] = [precision.tolist(), recall.tolist(), thresholds.tolist()]
        out["averagePrecision"] = float(metrics.average_precision_score(true, score))
        out["pr_auc"] = float(metrics.auc(recall, precision))
    return out


def report(truth, said, classes: int, multi_label=False) -> dict:
    labels = list(range(classes))
    out = {}
    for average in [None, "macro", "weighted"]:
        values = metrics.precision_recall_fscore_support(truth, said, labels=labels, average=average, zero_division=np.nan)
        name = average or "classes"
        out[name] = [none_for_nan(value) for value in values[:3]]
        if average is None:
            out["support"] = [int(value) for value in values[3]]
    out["accuracy"] = float(metrics.accuracy_score(truth, said))
    if not multi_label:
        out["matrix"] = metrics.confusion_matrix(truth, said, labels=labels).tolist()
    return out


def temperature(scores: np.ndarray, truth: np.ndarray) -> float:
    logits = np.log(np.maximum(scores, 1e-7))

    def loss(log_t: float) -> float:
        return -log_softmax(logits / math.exp(log_t), axis=1)[np.arange(len(truth)), truth].mean()

    return math.exp(minimize_scalar(loss, bounds=(math.log(0.05), math.log(20)), method="bounded", options={"xatol": 1e-12}).x)


def multi_class(count: int, classes: int, series: int, present: int) -> dict:
    scores = probabilities(count, classes, series)
    # The last class of `rare` is never said.
    if present < classes:
        scores[:, -1] = 0
        scores /= scores.sum(axis=1, keepdims=True)
    helped = (scores * [17, 16, 15, 14, 13][:classes]).argmax(axis=1)
    truth = np.where(numbers(count, series + 50, 3) > 0, helped, numbers(count, series + 60, present)) % present
    said = scores.argmax(axis=1)
    counts, error = reliability(scores.max(axis=1), said == truth)
    square = metrics.brier_score_loss(truth, scores, labels=list(range(classes)))
    return {
        "count": count,
        "classes": classes,
        "series": series,
        "present": present,
        "report": report(truth, said, classes),
        "ranked": [ranked((truth == label).astype(int), scores[:, label]) for label in range(classes)],
        "logLoss": float(metrics.log_loss(truth, scores, labels=list(range(classes)))),
        "brier": float(square),
        "reliability": counts,
        "calibrationError": error,
        # With one class, right with certainty, every temperature is as good.
        "temperature": temperature(scores, truth) if present > 1 else None,
    }


def multi_label(count: int, classes: int, series: int) -> dict:
    scores = np.stack([numbers(count, series + label, 20) / 19 for label in range(classes)], axis=1)
    noise = np.stack([numbers(count, series + 30 + label, 20) / 19 for label in range(classes)], axis=1)
    truth = (scores + noise > 1.1).astype(int)
    truth[:, -1] = 0
    return {
        "count": count,
        "classes": classes,
        "series": series,
        "report": report(truth, (scores >= 0.5).astype(int), classes, multi_label=True),
        "ranked": [ranked(truth[:, label], scores[:, label]) for label in range(classes)],
    }


def main() -> None:
    warnings.simplefilter("ignore")
    cases = {
        "binary": multi_class(97, 2, 1, 2),
        "five": multi_class(151, 5, 7, 5),
        "rare": multi_class(60, 4, 20, 3),
        "one-class": multi_class(20, 2, 3, 1),
        "one-picture": multi_class(1, 2, 5, 2),
    }
    tests = []
    for b, c in [(0, 0), (0, 5), (3, 15), (12, 12), (11, 13), (12, 13), (5, 20), (40, 60), (100, 300), (1000, 1001), (5, 400)]:
        exact = b + c < 25
        p = mcnemar([[0, b], [c, 0]], exact=exact, correction=True).pvalue if b + c else 1.0
        tests.append([b, c, "exact" if exact else "chi-squared", min(1.0, float(p))])
    wilson = []
    for part, whole in [(0, 10), (10, 10), (3, 7), (1, 1000), (500, 1000)]:
        wilson.append([part, whole, *map(float, proportion_confint(part, whole, method="wilson"))])
    values = np.sort(numbers(37, 4, 1000) / 1000)
    quantiles = [[share, float(np.quantile(values, share))] for share in [0, 0.025, 0.3, 0.5, 0.975, 1]]
    packages = ["scikit-learn", "scipy", "statsmodels", "numpy"]
    versions = {"python": sys.version.split()[0]} | {name: importlib.metadata.version(name) for name in packages}
    golden = {
        "script": "tools/oracles/metrics.py",
        "versions": versions,
        "multiClass": cases,
        "multiLabel": {"tags": multi_label(80, 4, 11)},
        "mcNemar": tests,
        "wilson": wilson,
        "quantiles": quantiles,
    }
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
