"""The same depth networks in PyTorch, timed like the Rust bench: one to warm up, then the median of five.

Prints tab-separated lines: what, median seconds, least seconds. Needs torch. Argument: depth x width x batch x rows x columns,
by comma.
"""
import os
import sys

import torch

from models import DepthNet
from timing import line

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))

for text in sys.argv[1].split(","):
    depth, width, batch, rows, columns = map(int, text.split("x"))
    net = DepthNet(depth, width, max(width // 4, 1))
    x = torch.rand(batch, 3, rows, columns) - 0.5
    with torch.no_grad():
        y = torch.rand_like(net(x)) * 9 + 0.7
    adam = torch.optim.Adam(net.parameters(), lr=1e-4)

    def step():
        loss = (net(x) - y).pow(2).mean()
        adam.zero_grad()
        loss.backward()
        adam.step()

    name = f"  PyTorch {torch.__version__.split('+')[0]}, depth network {depth}, width {width}, batch {batch} of {rows} x {columns}"
    line(f"{name}: training step", 5, step)
    net.eval()
    with torch.inference_mode():
        line(f"{name}: inference", 5, lambda: net(x))
