"""The same pair encoders in PyTorch, timed like the Rust bench: one to warm up, then the median.

Sentences are packed by true length and go through the LSTM as one batch. Prints tab-separated lines: what, median seconds,
least seconds. Needs torch. Argument: pairs x vector width x hidden units, by comma.
"""
import os
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from timing import line

torch.set_num_threads(int(os.environ.get("RAYON_NUM_THREADS", os.cpu_count())))


for text in sys.argv[1].split(","):
    pairs, width, hidden = map(int, text.split("x"))
    torch.manual_seed(1)
    lengths = (torch.rand(2 * pairs).pow(1.9) * 27).long() + 3
    x = torch.randn(2 * pairs, int(lengths.max()), width)
    lstm = nn.LSTM(width, hidden, num_layers=2, bidirectional=True, batch_first=True)
    head = nn.Linear(8 * hidden, 1)
    weights = [*lstm.parameters(), *head.parameters()]
    adam = torch.optim.Adam(weights, lr=1e-4, weight_decay=1e-5)
    y = torch.full((pairs, 1), 0.5)
    pad = torch.arange(x.shape[1])[None, :, None] >= lengths[:, None, None]

    def forward():
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(lstm(packed)[0], batch_first=True, total_length=x.shape[1])
        u, v = out.masked_fill(pad, float("-inf")).amax(1).chunk(2)
        return head(torch.cat([u, v, (u - v).abs(), u * v], 1))

    def step():
        loss = (forward() - y).pow(2).mean()
        adam.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(weights, 5.0)
        adam.step()

    words = int(lengths.sum())
    name = f"  PyTorch {torch.__version__.split('+')[0]}, 2 x {hidden}, {pairs} pairs of {words} words of {width}"
    repeats = 3 if hidden >= 1000 else 7
    with torch.inference_mode():
        line(f"{name}: inference", repeats, forward)
    line(f"{name}: training step", repeats, step)
