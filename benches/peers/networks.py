"""The same ResNets in PyTorch, timed like the Rust bench: one to warm up, then the median of five.

Prints tab-separated lines: what, median seconds, least seconds. Needs torch. Argument: depth x width x batch x pixels, by comma.
"""
import os
import sys

import torch

from models import Regressor
from timing import line

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))

for text in sys.argv[1].split(","):
    depth, width, batch, pixels = map(int, text.split("x"))
    net = Regressor(depth, width)
    x, y = torch.rand(batch, 3, pixels, pixels) - 0.5, torch.full((batch, 1), 50.0)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def step():
        loss = (net(x) - y).abs().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()

    name = f"  PyTorch {torch.__version__.split('+')[0]}, ResNet-{depth}, width {width}, batch {batch} of {pixels} px"
    net.eval()
    with torch.inference_mode():
        line(f"{name}: inference", 5, lambda: net(x))
    net.train()
    line(f"{name}: training step", 5, step)
