"""A blurred cortical tube fitted to a level's mean profile: the true edges behind the half-height ones.

A shaft in projection is not a rectangle. Where x-rays cross a tube with an elliptic outline and an elliptic cavity, the
brightness above the soft tissue is the chord length through the cortex,

    p(x) = A sqrt(1 - ((x - c) / a)^2) - B sqrt(1 - ((x - m) / b)^2)        (each root 0 outside its ellipse)

with a = W / 2 and b = d / 2. It rises steeply from the periosteal edge |x - c| = a and peaks *at* the endosteal edge
|x - m| = b. The half maximum of the outer flank therefore lies inside the bone, the half height of the inner flank inside
the cavity, and blur moves both: taken as they are they read MCI too high by about .05, most in thin cortices. This is
geometry and holds for every tube, so the four edges are fitted instead: p(x) convolved with a Gaussian and sharpened as
display processing does, on a sloping background, through a grey scale that may be bent.

The fit is a separable least-squares problem (Golub and Pereyra 1973, SIAM J Numer Anal 10:413): amplitudes and background
are linear and are eliminated; edges, blur, sharpening, the curve of the grey scale and the fullness of the section are
found by Levenberg-Marquardt, for all levels at once.

A single profile cannot tell all of these apart; a thin cortex under strong blur looks like a thinner one under stronger
blur. So priors keep them plausible: a cortex about as thick in depth as at the sides, of ordinary thickness (wide: the pull
towards MCI .4 matters only where the profile itself says little), and, because blur, sharpening and grey scale belong to
the film, a second pass draws every level towards the film's own median.

What limits it, on simulated films with exact outlines: without blur, noise and processing the index is right to about .006
(median absolute error); with blur and noise to .008, with either of them taken away to .006 again, and with processing
beside them to about .01. Errors are largest where few quanta were detected, where a shaft spans fewer than 16 pixels, and
for an index below .3 or above .6. About half of an error is common to all levels of a film, because blur, sharpening and
grey scale are: a mean over levels does not take it out, and two films of one person differ by it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OsteoScreenLib.radiogrammetry.chord import blurred_chord

SAMPLES = 81
WINDOW = 0.85
"""Half-width of the fitted profile, in outer half-height widths."""

_MISFIT = 0.015
"""Expected departure of a bone from the model, relative to the peak; with the noise it sets the weight of the priors."""
_NOISE = 2.0
"""Weight of the noise beside it: noise that edges can follow does more harm than its size says."""
_CORRELATION = 0.5
"""Neighbouring samples repeat each other through blur: they count for a quarter."""

# Parameters: four edges (left, right, medullary left, right), then the nuisances with their priors.
_EDGES = 4
_BLUR, _GREY, _FULL, _SHARP, _RADIUS = range(_EDGES, _EDGES + 5)
_APERTURE = 0.4
_SPREAD = 0.02
"""Blur expected before a film is seen: of the pixels (in pixels), and of detector and focus (in shaft widths: .1 to .3 mm)."""
_PRIOR_MEAN = np.array([0.0, 0.0, 0.0, 0.2, np.log(4.0)])
_PRIOR_SPREAD = np.array([0.5, 0.15, 0.2, 0.3, 0.6])
"""log blur (pixels), grey-scale curvature, fullness of the section, strength and log radius (pixels) of the sharpening."""
_LOWEST = np.array([np.log(0.3), -0.6, -0.4, -0.3, np.log(1.5)])
_HIGHEST = np.array([np.log(4.0), 0.6, 0.8, 2.0, np.log(30.0)])
_STEPS = np.array([2e-3, 2e-3, 2e-3, 2e-3, 2e-2, 1e-2, 1e-2, 1e-2, 5e-2])
_FILM_SHARE = 0.2
"""Second pass: the spread around the film's median, relative to the prior's."""
_DEPTH = 0.43
_FILL = 0.08
_CAVITY_SPREAD = 0.08
"""Half depth of a shaft in widths, mineral left in its cavity, and how far the cavity's chord may be from what follows."""
_THICKNESS = np.log(0.2)
_THICKNESS_SPREAD = 0.5
"""Log of the cortex' mean thickness in widths (MCI .4), wide: MCI .2 and .8 cost as much as one standard deviation and a half."""
_RIDGE = np.array([1e-6, 1e-3, 1e-6, 1e-6, 1e-2])


@dataclass(frozen=True)
class TubeFit:
    """Fitted tubes, one per profile, in the units of the profile's positions.

    ``outer`` and ``medullary``: edges (n x 2); ``residual``: root mean square misfit relative to the peak (n);
    ``mci_error``: standard deviation of (W - d) / W from the curvature of the fit, priors included (n).
    """

    outer: np.ndarray
    medullary: np.ndarray
    residual: np.ndarray
    mci_error: np.ndarray


def fit_tubes(
    position: np.ndarray, profiles: np.ndarray, outer: np.ndarray, medullary: np.ndarray, pixel: np.ndarray, noise: np.ndarray
) -> TubeFit:
    """Fit a tube to each profile.

    Parameters
    ----------
    position
        Samples.
    profiles
        N x samples, brightness.
    outer
        N x 2, half-height outer edges to start from.
    medullary
        N x 2, half-height endosteal edges to start from.
    pixel
        N, one film pixel in units of ``position``.
    noise
        N, standard deviation of the noise of ``profiles``.
    """
    low = profiles.min(axis=1, keepdims=True)
    height = profiles.max(axis=1, keepdims=True) - low
    y = (profiles - low) / height
    problem = _Problem(position, y, pixel, outer, noise / height[:, 0])
    theta = _descend(problem, problem.start(medullary), rounds=12)
    nuisance = theta[:, _EDGES:]
    count = len(y)
    problem.prior_mean = (count * np.median(nuisance, axis=0) + 2.0 * problem.prior_mean) / (count + 2.0)
    problem.prior_spread = _PRIOR_SPREAD * _FILM_SHARE
    theta = _descend(problem, theta, rounds=8)
    chords = problem.chords(theta)
    residual = problem.residuals(theta, chords)
    rms = np.sqrt((residual[:, : len(position)] ** 2).mean(axis=1)) / problem.weight[:, 0]
    error = _mci_error(theta, problem.jacobian(theta, chords, residual))
    return TubeFit(theta[:, :2], theta[:, 2:_EDGES], rms, error)


def _mci_error(theta: np.ndarray, jacobian: np.ndarray) -> np.ndarray:
    """Standard deviation of 1 - d / W by linear propagation: (J^T J)^-1 is the covariance of the parameters."""
    width, cavity = theta[:, 1] - theta[:, 0], theta[:, 3] - theta[:, 2]
    slope = np.zeros_like(theta)
    slope[:, 1], slope[:, 3] = cavity / width**2, -1.0 / width
    slope[:, 0], slope[:, 2] = -slope[:, 1], -slope[:, 3]
    curvature = jacobian.transpose(0, 2, 1) @ jacobian + 1e-9 * np.eye(theta.shape[1])
    return np.sqrt((slope * np.linalg.solve(curvature, slope[..., None])[..., 0]).sum(axis=1))


def _descend(problem: _Problem, theta: np.ndarray, rounds: int) -> np.ndarray:
    """Levenberg-Marquardt for all profiles at once, each with its own damping."""
    theta = problem.clip(theta)
    chords = problem.chords(theta)
    residual = problem.residuals(theta, chords)
    cost = (residual**2).sum(axis=1)
    damping = np.full(len(theta), 1e-2)
    for _ in range(rounds):
        jacobian = problem.jacobian(theta, chords, residual)
        gradient = np.einsum("nsp,ns->np", jacobian, residual)
        hessian = jacobian.transpose(0, 2, 1) @ jacobian
        diagonal = np.einsum("npp->np", hessian)
        lifted = hessian + (damping[:, None] * diagonal + 1e-9)[:, :, None] * np.eye(theta.shape[1])
        trial = problem.clip(theta - np.linalg.solve(lifted, gradient[..., None])[..., 0])
        trial_chords = problem.chords(trial)
        trial_residual = problem.residuals(trial, trial_chords)
        trial_cost = (trial_residual**2).sum(axis=1)
        better = trial_cost < cost
        gain = np.where(better, 1.0 - trial_cost / cost, 0.0)
        theta = np.where(better[:, None], trial, theta)
        chords = np.where(better[:, None, None], trial_chords, chords)
        residual = np.where(better[:, None], trial_residual, residual)
        cost = np.where(better, trial_cost, cost)
        damping = np.where(better, damping * 0.2, damping * 8.0)
        if (better & (gain < 1e-4)).all():
            break
    return theta


class _Problem:
    """Residuals of all profiles for their parameters (n x 9)."""

    def __init__(self, position: np.ndarray, y: np.ndarray, pixel: np.ndarray, outer: np.ndarray, noise: np.ndarray) -> None:
        self.x, self.y, self.pixel, self.outer = position, y, pixel, outer
        self.weight = (_CORRELATION / np.hypot(_MISFIT, _NOISE * noise))[:, None]
        self.prior_mean, self.prior_spread = np.tile(_PRIOR_MEAN, (len(y), 1)), _PRIOR_SPREAD
        self.prior_mean[:, 0] = np.log(np.hypot(_APERTURE, _SPREAD / pixel))

    def start(self, medullary: np.ndarray) -> np.ndarray:
        outwards = np.array([-0.02, 0.02])
        return np.concatenate([self.outer + outwards, medullary + outwards, self.prior_mean], axis=1)

    def clip(self, theta: np.ndarray) -> np.ndarray:
        """Keep the edges in order and near the half-height ones, and the nuisances in their range."""
        left = np.clip(theta[:, 0], self.outer[:, 0] - 0.15, self.outer[:, 0] + 0.1)
        right = np.clip(theta[:, 1], self.outer[:, 1] - 0.1, self.outer[:, 1] + 0.15)
        inner_left = np.clip(theta[:, 2], left + 0.01, right - 0.06)
        inner_right = np.clip(theta[:, 3], inner_left + 0.05, np.maximum(right - 0.01, inner_left + 0.05))
        nuisance = np.clip(theta[:, _EDGES:], _LOWEST, _HIGHEST)
        return np.column_stack([left, right, inner_left, inner_right, nuisance])

    def chords(self, theta: np.ndarray) -> np.ndarray:
        """Blurred chords of outline and cavity, each at the film's blur and at that of the sharpening's mask.

        n x samples x 8: (outline, cavity) x (blur, mask) x (ellipse, fullness).
        """
        return np.concatenate([self._pair(theta, 0), self._pair(theta, 2)], axis=2)

    def _pair(self, theta: np.ndarray, first: int) -> np.ndarray:
        blur = np.exp(theta[:, _BLUR]) * self.pixel
        mask = np.hypot(blur, np.exp(theta[:, _RADIUS]) * self.pixel)
        # One look-up for both blurs: stacked as if they were other profiles.
        left, right = np.tile(theta[:, first], 2), np.tile(theta[:, first + 1], 2)
        chord = blurred_chord(self.x, left, right, np.concatenate([blur, mask]))
        count = len(theta)
        return np.stack([chord[0, :count], chord[1, :count], chord[0, count:], chord[1, count:]], axis=2)

    def residuals(self, theta: np.ndarray, chords: np.ndarray) -> np.ndarray:
        """Misfit of every sample, with the linear coefficients eliminated, and of every prior."""
        full, sharp = theta[:, _FULL, None], theta[:, _SHARP, None]
        section = chords[..., 0::2] + full[..., None] * chords[..., 1::2]
        outer = (1.0 + sharp) * section[..., 0] - sharp * section[..., 1]
        inner = (1.0 + sharp) * section[..., 2] - sharp * section[..., 3]
        ones = np.ones_like(outer)
        skew = (self.x - 0.5 * (theta[:, 0] + theta[:, 1])[:, None]) * outer
        basis = np.stack([ones, self.x * ones, outer, -inner, skew], axis=2)
        y = self.y + theta[:, _GREY, None] * self.y * (1.0 - self.y)
        transposed = basis.transpose(0, 2, 1)
        coefficient = np.linalg.solve(transposed @ basis + np.diag(_RIDGE), transposed @ y[..., None])
        misfit = (y - (basis @ coefficient)[..., 0]) * self.weight
        priors = (theta[:, _EDGES:] - self.prior_mean) / self.prior_spread
        return np.concatenate([misfit, priors, self._cortex(theta, coefficient[..., 0])], axis=1)

    def _cortex(self, theta: np.ndarray, coefficient: np.ndarray) -> np.ndarray:
        """Departure of B / A from that of a cortex which is as thick in depth as it is on either side.

        A thin cortex and a strong blur look alike at the flank, but not in the cavity: with half depth D of the shaft the
        cavity takes B / A = (1 - fill) (1 - T / D) of the chord away.
        """
        thickness = 0.5 * (theta[:, 2] - theta[:, 0] + theta[:, 1] - theta[:, 3]) / (theta[:, 1] - theta[:, 0])
        expected = (1.0 - _FILL) * (1.0 - np.minimum(thickness / _DEPTH, 1.0))
        cavity = (coefficient[:, 3] / np.maximum(coefficient[:, 2], 1e-3) - expected) / _CAVITY_SPREAD
        return np.stack([cavity, (np.log(thickness) - _THICKNESS) / _THICKNESS_SPREAD], axis=1)

    def jacobian(self, theta: np.ndarray, chords: np.ndarray, residual: np.ndarray) -> np.ndarray:
        """Forward differences; only the chords that a parameter moves are looked up again."""
        columns = []
        for parameter, step in enumerate(_STEPS):
            moved = theta.copy()
            moved[:, parameter] += step
            if parameter < 2:
                shifted = np.concatenate([self._pair(moved, 0), chords[..., 4:]], axis=2)
            elif parameter < _EDGES:
                shifted = np.concatenate([chords[..., :4], self._pair(moved, 2)], axis=2)
            elif parameter in (_BLUR, _RADIUS):
                shifted = self.chords(moved)
            else:
                shifted = chords
            columns.append((self.residuals(moved, shifted) - residual) / step)
        return np.stack(columns, axis=2)
