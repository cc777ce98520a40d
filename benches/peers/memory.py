"""The most memory that PyTorch takes for training steps of a ResNet, and how much of it there was before the network.

Prints lines. Needs torch. Arguments: depth x width x batch x pixels, steps.
"""
import os
import resource
import sys

import torch

from models import Regressor

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))


def most_memory():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6


depth, width, batch, pixels = map(int, sys.argv[1].split("x"))
steps, before = int(sys.argv[2]), most_memory()
net = Regressor(depth, width)
x, y = torch.full((batch, 3, pixels, pixels), 0.5), torch.full((batch, 1), 50.0)
adam = torch.optim.Adam(net.parameters(), lr=1e-4)
for step in range(1, steps + 1):
    loss = (net(x) - y).abs().mean()
    adam.zero_grad()
    loss.backward()
    adam.step()
    if step == steps or step in (10, 100):
        what = f"  PyTorch {torch.__version__.split('+')[0]}, {sys.argv[1]}, {step} steps: most memory so far"
        print(f"{what:<74}{most_memory():>11.0f} MB, {before:.0f} MB of it before", flush=True)
