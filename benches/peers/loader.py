"""The same work with Pillow and NumPy: JPEG, resize to 224 (bilinear), pad 16 and crop, flip, normalise, channels first.

Prints tab-separated lines: what, median seconds, least seconds. Needs Pillow and NumPy. Argument: a folder of pictures. One process,
and two, each with half of the batches.
"""
import multiprocessing
import os
import statistics
import sys
import time

import numpy as np
from PIL import Image

FOLDER = sys.argv[1]
NAMES = sorted(n for n in os.listdir(FOLDER) if n.lower().endswith((".jpg", ".jpeg", ".png")))[:2048]


def one(name, rng, out):
    image = np.asarray(Image.open(os.path.join(FOLDER, name)).convert("RGB").resize((224, 224), Image.BILINEAR))
    dy, dx = rng.integers(0, 33, 2) - 16
    moved = np.zeros((224, 224, 3), np.uint8)
    y0, x0, y1, x1 = max(dy, 0), max(dx, 0), min(224 + dy, 224), min(224 + dx, 224)
    moved[y0 - dy:y1 - dy, x0 - dx:x1 - dx] = image[y0:y1, x0:x1]
    if rng.random() < 0.5:
        moved = moved[:, ::-1]
    np.multiply(moved.transpose(2, 0, 1), np.float32(2 / 255), out=out, casting="unsafe")
    out -= 1


def work(names):
    rng = np.random.default_rng(0)
    for first in range(0, len(names), 64):
        batch = np.empty((len(names[first:first + 64]), 3, 224, 224), np.float32)
        for name, out in zip(names[first:first + 64], batch):
            one(name, rng, out)


def timed(what, body):
    body()
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        body()
        seconds.append(time.perf_counter() - start)
    rate = len(NAMES) / statistics.median(seconds)
    print(f"  Pillow {Image.__version__}, {what}, {rate:.0f} pictures/s\t{statistics.median(seconds)}\t{min(seconds)}", flush=True)


if __name__ == "__main__":
    timed("1 process", lambda: work(NAMES))
    with multiprocessing.Pool(2) as pool:
        timed("2 processes", lambda: pool.map(work, [NAMES[0::2], NAMES[1::2]], chunksize=1))
