"""The same networks in PyTorch, timed like the Rust bench: one to warm up, then the median.

Prints tab-separated lines: peer, work, median seconds, least seconds. Pictures lie in memory channels first and channels last.
Needs torch. Argument: a network as the Rust bench has it, `resnet-50x64x8x224`.
"""
import os
import sys

import torch

from models import DepthNet, PairEncoder, Regressor
from timing import timed

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))
PEER = f"PyTorch {torch.__version__.split('+')[0]}"
LAYOUTS = {"": torch.contiguous_format, ", channels last": torch.channels_last}


def report(form, work, repeats, body):
    median, least = timed(repeats, body)
    print(f"{PEER}{form}\t{work}\t{median}\t{least}", flush=True)


def bench(form, name, net, predict, loss_of, repeats=5, decay=0.0, clip=None):
    """Inference, then steps."""
    adam = torch.optim.Adam(net.parameters(), lr=1e-4, weight_decay=decay)

    def step():
        loss = loss_of(predict())
        adam.zero_grad()
        loss.backward()
        if clip:
            torch.nn.utils.clip_grad_norm_(net.parameters(), clip)
        adam.step()

    net.eval()
    with torch.inference_mode():
        report(form, f"{name}: inference", repeats, predict)
    net.train()
    report(form, f"{name}: training step", repeats, step)


def resnet(depth, width, batch, pixels):
    name = f"ResNet-{depth}, width {width}, batch {batch} of {pixels} px"
    for form, layout in LAYOUTS.items():
        net = Regressor(depth, width).to(memory_format=layout)
        x = (torch.rand(batch, 3, pixels, pixels) - 0.5).contiguous(memory_format=layout)
        y = torch.full((batch, 1), 50.0)
        bench(form, name, net, lambda: net(x), lambda predicted: (predicted - y).abs().mean())


def depth(depth, width, batch, rows, columns):
    name = f"depth network {depth}, width {width}, batch {batch} of {rows} x {columns}"
    for form, layout in LAYOUTS.items():
        net = DepthNet(depth, width, max(width // 4, 1)).to(memory_format=layout)
        x = (torch.rand(batch, 3, rows, columns) - 0.5).contiguous(memory_format=layout)
        with torch.no_grad():
            y = torch.rand_like(net(x)) * 9 + 0.7
        bench(form, name, net, lambda: net(x), lambda predicted: (predicted - y).pow(2).mean())


def bilstm(pairs, width, hidden):
    lengths = torch.tensor([3 + int((k * 89 % 256 / 256) ** 1.9 * 27) for k in range(2 * pairs)])
    x, y = torch.randn(2 * pairs, int(lengths.max()), width), torch.full((pairs, 1), 0.5)
    net = PairEncoder(width, hidden)
    name = f"BiLSTM 2 x {hidden}, {pairs} pairs, vectors of {width}"
    repeats = 3 if hidden >= 1000 else 7
    error = lambda predicted: (predicted - y).pow(2).mean()
    bench("", name, net, lambda: net(x, lengths), error, repeats, decay=1e-5, clip=5.0)


def mlp():
    rows, width, batch, widths = 44_772, 26, 256, [128, 128, 64]
    all_widths = [width, *widths]
    hidden = [part for a, b in zip(all_widths, widths) for part in (torch.nn.Linear(a, b), torch.nn.ReLU())]
    net = torch.nn.Sequential(*hidden, torch.nn.Linear(widths[-1], 1))
    x, y = torch.rand(rows, width), torch.rand(rows, 1)
    adam = torch.optim.Adam(net.parameters(), lr=1e-3)

    def epoch():
        for x_of_step, y_of_step in zip(x.split(batch), y.split(batch)):
            loss = (net(x_of_step) - y_of_step).abs().mean()
            adam.zero_grad()
            loss.backward()
            adam.step()

    name = f"MLP of {widths}, epoch of {rows} x {width}"
    with torch.inference_mode():
        report("", f"{name}: inference", 5, lambda: [net(part) for part in x.split(batch)])
    report("", f"{name}: training step", 5, epoch)


kind, _, sizes = sys.argv[1].partition("-")
{"resnet": resnet, "depth": depth, "bilstm": bilstm, "mlp": mlp}[kind](*map(int, filter(None, sizes.split("x"))))
