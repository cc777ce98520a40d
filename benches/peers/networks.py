"""The same ResNets in PyTorch, timed like the Rust bench: one to warm up, then the median of five.

Prints tab-separated lines: what, median seconds, least seconds. Needs torch. Argument: depth x width x batch x pixels, by comma.
"""
import os
import sys

import torch
from torch import nn

from timing import line

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))
BLOCKS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3)}


def conv(inputs, outputs, kernel, stride=1):
    return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]


class Block(nn.Module):
    def __init__(self, inputs, width, stride, bottleneck):
        super().__init__()
        outputs = width * (4 if bottleneck else 1)
        relu = nn.ReLU(inplace=True)
        if bottleneck:
            layers = [*conv(inputs, width, 1), relu, *conv(width, width, 3, stride), relu, *conv(width, outputs, 1)]
        else:
            layers = [*conv(inputs, width, 3, stride), relu, *conv(width, width, 3)]
        self.branch = nn.Sequential(*layers)
        same = stride == 1 and inputs == outputs
        self.shortcut = nn.Identity() if same else nn.Sequential(*conv(inputs, outputs, 1, stride))

    def forward(self, x):
        return torch.relu_(self.branch(x) + self.shortcut(x))


def resnet(depth, width):
    bottleneck = depth >= 50
    layers = [*conv(3, width, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    inputs = width
    for stage, blocks in enumerate(BLOCKS[depth]):
        for block in range(blocks):
            layers.append(Block(inputs, width << stage, 2 if stage and not block else 1, bottleneck))
            inputs = (width << stage) * (4 if bottleneck else 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 1))


for text in sys.argv[1].split(","):
    depth, width, batch, pixels = map(int, text.split("x"))
    net = resnet(depth, width)
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
