"""The strongest PyTorch and NumPy forms of the same work, timed like the Rust benches: one to warm up, then the median.

Prints tab-separated lines: what, median seconds, least seconds. Needs torch, numpy and scipy. `DIR_PEERS_PYTHON=python3
cargo bench -p dir-bench --bench core` runs it after the Rust part, on the same machine in the same minute.
"""
import os
import sys

import numpy as np
import torch
from scipy.ndimage import convolve1d, gaussian_filter1d

from timing import line

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))


def window(size, sigma):
    impulse = np.zeros(size)
    impulse[size // 2] = 1.0
    taps = gaussian_filter1d(impulse, sigma=sigma)
    return taps / taps.max()


def lds_weights(labels, bins):
    index = np.minimum(labels.astype(np.int64), bins - 1)
    density = convolve1d(np.sqrt(np.bincount(index, minlength=bins)), window(5, 2), mode="constant")
    weight = (1.0 / density)[index]
    return weight * (len(weight) / weight.sum())


def statistics_by_product(features, bucket, buckets):
    """One-hot products over cache-sized chunks: the fastest form that we know."""
    shift = features[:1].clone()
    count = torch.bincount(bucket, minlength=buckets).to(features.dtype).clamp(min=1).unsqueeze(1)
    first, second = torch.zeros(buckets, features.shape[1]), torch.zeros(buckets, features.shape[1])
    rows = max(64, (1 << 20) // features.shape[1])
    hot = torch.zeros(buckets, rows)
    for x, b in zip(features.split(rows), bucket.split(rows)):
        hot.zero_()
        hot[b, torch.arange(len(b))] = 1.0
        moved = x - shift
        first.addmm_(hot[:, : len(b)], moved)
        second.addmm_(hot[:, : len(b)], moved.mul_(moved))
    mean = first / count
    return mean + shift, (second - first * mean).clamp(min=0) / (count - 1).clamp(min=1)


def statistics_by_loop(features, bucket):
    """A Python loop over the distinct labels, as official training programs have it."""
    for b in torch.unique(bucket).tolist():
        rows = features[bucket == b]
        rows.mean(0), rows.var(0, unbiased=rows.shape[0] > 1)


def calibration(batch, bucket, scale, shift):
    return torch.addcmul(shift[bucket], batch, scale[bucket])


def calibration_by_loop(batch, bucket, scale, shift):
    out = batch.clone()
    for b in torch.unique(bucket).tolist():
        pick = bucket == b
        out[pick] = batch[pick] * scale[b] + shift[b]
    return out


def main():
    generator = np.random.default_rng(0)
    for n in (1_000_000, 10_000_000):
        labels = np.clip(generator.normal(38, 17, n), 0, 150)
        line(f"LDS weights, {n} targets: NumPy", 5, lambda: lds_weights(labels, 121))
    for rows in (12_208, 191_509):
        features = torch.empty(rows, 2048).exponential_()
        bucket = (torch.randn(rows) * 18 + 42).round().clamp(0, 99).long()
        what = f"FDS statistics, {rows} x 2048, 100 bins"
        line(f"{what}: PyTorch, products", 3, lambda: statistics_by_product(features, bucket, 100))
        line(f"{what}: PyTorch, loop", 1, lambda: statistics_by_loop(features, bucket))
    scale, shift = torch.rand(100, 2048) + 0.5, torch.randn(100, 2048)
    for rows in (64, 256):
        batch, bucket = torch.randn(rows, 2048, requires_grad=True), torch.randint(0, 100, (rows,))
        ones = torch.ones(rows, 2048)
        for name, form in (("gather", calibration), ("loop", calibration_by_loop)):
            what = f"FDS calibration forward + backward, {rows} x 2048: PyTorch, {name}"
            line(what, 50, lambda: torch.autograd.grad(form(batch, bucket, scale, shift), batch, ones))


if __name__ == "__main__":
    sys.exit(main())
