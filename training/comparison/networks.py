"""What a row's network says of people it was not trained on, fold by fold; kept on disk, so that a stopped run goes on."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from training.classification.calibration import fit_temperature
from training.classification.classifier import BoneClassifier
from training.classification.heads import Features, encode, fit_heads, head_probabilities
from training.classification.supervised import FINE_TUNING_RATE, SupervisedSettings, train_supervised
from training.cohort.samples import CHANNELS, samples_of
from training.cohort.store import Cohort
from training.comparison.rows import Budget, Row
from training.evaluation.baselines import Unseen
from training.evaluation.folds import Fold
from training.evaluation.statistics import f1_threshold, subject_probability
from training.evaluation.values import OutOfFold
from training.selfsupervision.encoders import make_encoder
from training.selfsupervision.pretraining import pretrain
from training.selfsupervision.run_folder import pretrain_in_folder

Report = Callable[[str], None]


@dataclass(frozen=True)
class Spoken:
    """Calibrated probabilities of one fold: ``subject`` (n) and ``bone`` (n, channels), NaN of people it was trained on."""

    subject: np.ndarray
    bone: np.ndarray
    threshold: float


class RowRun:
    """One row on one cohort.

    ``unlabelled`` is another cohort whose films pretrain the encoder once for all folds; without it every fold pretrains on its
    own training subjects. ``folder`` keeps what is finished.
    """

    def __init__(
        self, row: Row, budget: Budget, cohort: Cohort, unlabelled: Cohort | None, folder: Path, pretrained: Path, report: Report
    ) -> None:
        self.row, self.budget, self.folder, self.report = row, budget, folder / row.name, report
        self.samples = samples_of(cohort, row.variant)
        self.subjects = len(cohort.subjects)
        self.channels = CHANNELS[row.variant]
        self._unlabelled, self._pretrained = unlabelled, pretrained / row.pretrained_as
        self._frozen: Features | None = None
        self.folder.mkdir(parents=True, exist_ok=True)

    def fold(self, fold: Fold) -> Spoken:
        """What the row says in a fold: read where it is finished, else trained, calibrated and written."""
        path = self.folder / f"{fold.repeat}-{fold.number}.npz"
        identity = self._identity(fold)
        if path.is_file():
            with np.load(path) as kept:
                if str(kept["identity"]) == identity:
                    return Spoken(kept["subject"], kept["bone"], float(kept["threshold"]))
        spoken = self._calibrated(fold, *self._said(fold))
        part = path.with_suffix(".part.npz")
        np.savez(part, identity=identity, subject=spoken.subject, bone=spoken.bone, threshold=spoken.threshold)
        part.replace(path)
        self.report(f"{self.row.name}: repeat {fold.repeat + 1}, fold {fold.number + 1}")
        return spoken

    def _said(self, fold: Fold) -> tuple[np.ndarray, np.ndarray]:
        """Uncalibrated probability of every cut-out that is not of training subjects, and these cut-outs' rows."""
        others = torch.from_numpy(np.flatnonzero(~np.isin(self.samples.subject.numpy(), fold.train)))
        if self.row.labels == "heads":
            features = self._features(fold)
            heads, _ = fit_heads(features.of_subjects(fold.train), self.channels)
            rows = others.numpy()
            held_out = Features(features.values[rows], features.bone[rows], features.subject[rows], features.label[rows])
            return head_probabilities(heads, held_out), rows
        model = self._trained(fold)
        features = encode(model, self.samples.at(others))
        return head_probabilities(model.heads, features), others.numpy()

    def _trained(self, fold: Fold) -> BoneClassifier:
        train = self.samples.of_subjects(fold.train)
        seed = self.budget.seed + 1000 * fold.repeat + fold.number
        torch.manual_seed(seed)
        rate = SupervisedSettings.rate
        if self.row.labels == "fine-tuned":
            encoder, rate = copy.deepcopy(self._encoder(fold)), FINE_TUNING_RATE
        else:
            encoder = make_encoder(self.row.encoder or self.budget.encoder)
        model = BoneClassifier(encoder, self.channels, self.row.reduction)
        settings = SupervisedSettings(self.budget.supervised_epochs, self.budget.batch, rate, seed=seed)
        checkpoint = self.folder / "training.safetensors"
        return train_supervised(train, model, settings, checkpoint, report=lambda _: None)

    def _features(self, fold: Fold) -> Features:
        """Frozen features of the whole cohort; encoded once where the encoder is the same for all folds."""
        if self._unlabelled is not None and self._frozen is not None:
            return self._frozen
        model = BoneClassifier(self._encoder(fold), self.channels, self.row.reduction)
        self._frozen = encode(model, self.samples)
        return self._frozen

    def _encoder(self, fold: Fold) -> torch.nn.Module:
        settings = self.row.pretraining(self.budget)
        if self._unlabelled is not None:
            samples = samples_of(self._unlabelled, self.row.variant)
            name = f"{self._unlabelled.name} ({self.row.variant})"
            return pretrain_in_folder(self._pretrained, samples, settings, name, resume=True, report=self.report)
        checkpoint = self.folder / f"encoder-{fold.repeat}-{fold.number}.safetensors"
        return pretrain(self.samples.of_subjects(fold.train), settings, checkpoint, resume=True, report=self.report)

    def _calibrated(self, fold: Fold, said: np.ndarray, rows: np.ndarray) -> Spoken:
        """Temperature and threshold by the fold's validation subjects; the prevalence for people without a cut-out."""
        subject, bone = self.samples.subject.numpy()[rows], self.samples.bone.numpy()[rows]
        mean = subject_probability(said, subject, self.subjects)
        truth = np.zeros(self.subjects)
        truth[self.samples.subject.numpy()] = self.samples.label.numpy()
        seen = np.isin(np.arange(self.subjects), subject)
        validation = fold.validation[seen[fold.validation]]
        calibration = fit_temperature(truth[validation], mean[validation])
        whole = np.full(self.subjects, np.nan)
        prevalence = float(truth[fold.train].mean())
        tested = np.concatenate([fold.validation, fold.test])
        whole[tested] = np.where(seen[tested], calibration.apply(mean[tested]), prevalence)
        bones = np.full((self.subjects, self.channels), np.nan)
        bones[subject, bone] = calibration.apply(said)
        threshold = f1_threshold(truth[validation], whole[validation])
        return Spoken(whole, bones, threshold)

    def _identity(self, fold: Fold) -> str:
        parts = np.concatenate([fold.train, [-1], fold.validation, [-1], fold.test]).astype(np.int64)
        content = json.dumps([asdict(self.row), asdict(self.budget), self._unlabelled is not None, self.subjects])
        return hashlib.sha256(content.encode() + parts.tobytes()).hexdigest()


def out_of_fold(run: RowRun, folds: Sequence[Fold]) -> tuple[OutOfFold, tuple[Unseen, ...]]:
    """A row's predictions of everybody, and what stacking needs of each fold."""
    repeats = 1 + max(fold.repeat for fold in folds)
    probability = np.full((repeats, run.subjects), np.nan)
    threshold, bones = np.full_like(probability, np.nan), np.full((*probability.shape, run.channels), np.nan)
    unseen = []
    for fold in folds:
        spoken = run.fold(fold)
        probability[fold.repeat, fold.test] = spoken.subject[fold.test]
        threshold[fold.repeat, fold.test] = spoken.threshold
        bones[fold.repeat, fold.test] = spoken.bone[fold.test]
        inner, test = np.full(run.subjects, np.nan), np.full(run.subjects, np.nan)
        inner[fold.validation], test[fold.test] = spoken.subject[fold.validation], spoken.subject[fold.test]
        unseen.append(Unseen(fold, inner, test))
    return OutOfFold(run.row.name, run.row.title, probability, threshold, bones), tuple(unseen)
