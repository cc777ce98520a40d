"""The networks of the Rust benches in PyTorch."""
import torch
from torch import nn
from torch.nn.functional import interpolate
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

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


class ResNet(nn.Module):
    """The four stages of a residual network, each half as high and wide as the one before."""

    def __init__(self, depth, width):
        super().__init__()
        bottleneck = depth >= 50
        self.stem = nn.Sequential(*conv(3, width, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        inputs, stages = width, []
        for stage, blocks in enumerate(BLOCKS[depth]):
            layers = []
            for block in range(blocks):
                layers.append(Block(inputs, width << stage, 2 if stage and not block else 1, bottleneck))
                inputs = (width << stage) * (4 if bottleneck else 1)
            stages.append(nn.Sequential(*layers))
        self.stages, self.features = nn.ModuleList(stages), inputs

    def forward(self, x):
        x, maps = self.stem(x), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        return maps


class Regressor(nn.Module):
    """One number per picture."""

    def __init__(self, depth, width):
        super().__init__()
        self.encoder = ResNet(depth, width)
        self.linear = nn.Linear(self.encoder.features, 1)

    def forward(self, x):
        return self.linear(self.encoder(x)[-1].mean((2, 3)))


class Up(nn.Module):
    """Up-projection, the first convolutions of both branches as one."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.first = nn.Conv2d(inputs, 2 * outputs, 5, 1, 2, bias=False)
        self.norm, self.branch = nn.BatchNorm2d(outputs), nn.Sequential(*conv(outputs, outputs, 3))
        self.shortcut = nn.BatchNorm2d(outputs)

    def forward(self, x, size):
        a, b = self.first(interpolate(x, size=size, mode="bilinear", align_corners=False)).chunk(2, 1)
        return torch.relu_(self.branch(torch.relu_(self.norm(a))) + self.shortcut(b))


class DepthNet(nn.Module):
    """One number per pixel: encoder, decoder, fusion, refinement."""

    def __init__(self, depth, width, fused):
        super().__init__()
        self.encoder = ResNet(depth, width)
        last = self.encoder.features
        self.start = nn.Sequential(*conv(last, last // 2, 1), nn.ReLU(inplace=True))
        self.ups = nn.ModuleList(Up(last >> k, last >> (k + 1)) for k in range(1, 5))
        self.fusions = nn.ModuleList(Up(last >> k, fused) for k in (3, 2, 1, 0))
        self.fuse = nn.Sequential(*conv(4 * fused, 4 * fused, 5), nn.ReLU(inplace=True))
        all_of = 4 * fused + last // 32
        layers = [layer for _ in range(2) for layer in (*conv(all_of, all_of, 5), nn.ReLU(inplace=True))]
        self.refine, self.last = nn.Sequential(*layers), nn.Conv2d(all_of, 1, 5, 1, 2)

    def forward(self, x):
        maps = self.encoder(x)
        sizes = [tuple(map.shape[2:]) for map in reversed(maps[:-1])]
        sizes.append(tuple(2 * side for side in sizes[-1]))
        x = self.start(maps[-1])
        for up, size in zip(self.ups, sizes):
            x = up(x, size)
        fused = self.fuse(torch.cat([up(map, sizes[-1]) for up, map in zip(self.fusions, maps)], 1))
        return self.last(self.refine(torch.cat([x, fused], 1)))


class PairEncoder(nn.Module):
    """Two sentences through one bidirectional LSTM, packed by true length, the largest over time of each."""

    def __init__(self, width, hidden):
        super().__init__()
        self.lstm = nn.LSTM(width, hidden, num_layers=2, bidirectional=True, batch_first=True)
        self.head = nn.Linear(8 * hidden, 1)

    def forward(self, x, lengths):
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True, total_length=x.shape[1])
        pad = torch.arange(x.shape[1])[None, :, None] >= lengths[:, None, None]
        u, v = out.masked_fill(pad, float("-inf")).amax(1).chunk(2)
        return self.head(torch.cat([u, v, (u - v).abs(), u * v], 1))
