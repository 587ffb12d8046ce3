"""Writes the files of this folder with PyTorch: small networks' weights, inputs and outputs.

    python make.py                 writes them; torch 2.15.0, safetensors 0.8.0, numpy 2.4.6
    python make.py check FOLDER    loads FOLDER/<network>.safetensors strictly and compares outputs
"""

import pathlib
import sys

import torch
from safetensors.torch import load_file, save_file
from torch import nn

HERE = pathlib.Path(__file__).parent


class LeNet5(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(400, 32)
        self.fc2 = nn.Linear(32, 10)

    def forward(self, x):
        x = nn.functional.avg_pool2d(torch.tanh(self.conv1(x)), 2)
        x = nn.functional.avg_pool2d(torch.tanh(self.conv2(x)), 2)
        return self.fc2(torch.tanh(self.fc1(x.flatten(1))))


class Block(nn.Module):
    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, groups=4, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(y + self.downsample(x))


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = nn.Sequential(Block(8, 16, 2), Block(16, 24, 1))
        self.fc = nn.Linear(24, 7)

    def forward(self, x):
        x = self.layer1(torch.relu(self.bn1(self.conv1(x))))
        return self.fc(x.mean((2, 3)))


class Mixed(nn.Module):
    """A picture enlarged by a transposed convolution, beside a sequence of words."""

    def __init__(self):
        super().__init__()
        self.up = nn.ConvTranspose2d(2, 6, 3, stride=2, padding=1)
        self.act = nn.PReLU(6)
        self.words = nn.Embedding(20, 5)
        self.lstm = nn.LSTM(5, 4, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(8, 6, batch_first=True)
        self.fc = nn.Linear(12, 3)

    def forward(self, picture, words):
        picture = self.act(self.up(picture)).mean((2, 3))
        words, _ = self.lstm(self.words(words))
        _, words = self.gru(words)
        return self.fc(torch.cat([picture, words[0]], 1))


def networks():
    """Each network with its inputs; equal at each call."""
    torch.manual_seed(1)
    yield "lenet5", LeNet5(), (torch.randn(2, 1, 28, 28),)
    torch.manual_seed(2)
    residual = Residual()
    for module in residual.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias)
            nn.init.normal_(module.running_mean)
            nn.init.uniform_(module.running_var, 0.5, 2)
    yield "residual", residual, (torch.randn(2, 3, 19, 22),)
    torch.manual_seed(3)
    yield "mixed", Mixed(), (torch.randn(2, 2, 5, 4), torch.randint(20, (2, 6)))


def outputs(network, inputs):
    with torch.no_grad():
        return network.eval()(*inputs)


def make():
    for name, network, inputs in networks():
        state = network.state_dict()
        numbered = {f"input{number}": data for number, data in enumerate(inputs)}
        save_file({**numbered, "output": outputs(network, inputs)}, HERE / f"{name}.run.safetensors")
        save_file({key: data.contiguous() for key, data in state.items()}, HERE / f"{name}.safetensors")
        torch.save(state, HERE / f"{name}.pth")
        torch.save(state, HERE / f"{name}.legacy.pth", _use_new_zipfile_serialization=False)

    # What else a file may hold: other types, strides, one storage for two, and where it is.
    torch.manual_seed(4)
    base = torch.randn(4, 6)
    kinds = {
        "turned": base.t(),
        "part": base[1:3, ::2],
        "shared": base,
        "half": torch.randn(3).half(),
        "brain": torch.randn(3).bfloat16(),
        "double": torch.randn(3, dtype=torch.float64),
        "long": torch.tensor([[-1, 2**40]]),
        "int": torch.tensor([-7, 8], dtype=torch.int32),
        "short": torch.tensor([-300], dtype=torch.int16),
        "byte": torch.tensor([200], dtype=torch.uint8),
        "bool": torch.tensor([True, False]),
        "scalar": torch.tensor(2.5),
        "empty": torch.zeros(0, 3),
        "parameter": nn.Parameter(torch.ones(2)),
    }
    save_file({key: data.detach().clone().contiguous() for key, data in kinds.items()}, HERE / "kinds.safetensors")
    nested = {"epoch": 3, "best": 0.5, "args": {"lr": 0.1, "names": ["a", ("b", None)]}, "device": torch.device("cpu")}
    for key, protocol in [("state_dict", 2), ("model", 4)]:
        torch.save({**nested, key: kinds}, HERE / f"kinds.{key}.pth", pickle_protocol=protocol)
    torch.save({**nested, "state_dict": kinds}, HERE / "kinds.legacy.pth", _use_new_zipfile_serialization=False)


def check(folder):
    for name, network, inputs in networks():
        want = outputs(network, inputs)
        for parameter in network.state_dict().values():
            parameter.zero_()
        network.load_state_dict(load_file(folder / f"{name}.safetensors"), strict=True)
        difference = (outputs(network, inputs) - want).abs().max().item()
        print(f"{name}: loaded strictly, outputs differ by {difference:.1e}")
        assert difference <= 1e-5, name


if __name__ == "__main__":
    check(pathlib.Path(sys.argv[2])) if sys.argv[1:2] == ["check"] else make()
