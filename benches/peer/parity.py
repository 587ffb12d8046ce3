"""Trains the same networks from the same first weights on the same batches in PyTorch and striate, and compares.

Usage: python parity.py --ours 'target/release/parity {folder}' [--digits FOLDER]

LeNet-5 takes 50 steps with SGD (momentum 0.9) and with Adam on batches of 64 of the embedded digits: every loss. ResNet-18 on
32 x 32 px takes one pass forward and back on a batch of 16: the loss and every gradient, whose differences are measured as parts of
that gradient's largest value. Its later steps are not compared, since they part even between PyTorch's own two memory layouts.
"""
import argparse, gzip, json, os, shlex, struct, subprocess, tempfile

import numpy as np
import torch
import torch.nn.functional as F
import torchvision.models as tv
from safetensors.torch import load_file, save_file
from torch import nn

BOUND = 1e-4
NAMES = ["conv1", None, None, "conv2", None, None, None, "fc1", None, "fc2", None, "fc3"]


def lenet5():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


def named(model):
    """The weights by striate's names, which are those of the layers instead of their places."""
    rename = lambda key: ".".join([NAMES[int(key.split(".")[0])], key.split(".")[1]])
    return {rename(key): value.clone() for key, value in model.state_dict().items()}


def digits(folder, count):
    read = lambda name, skip: np.frombuffer(gzip.open(os.path.join(folder, name)).read(), np.uint8)[skip:]
    images = read("train-images-idx3-ubyte.gz", 16).reshape(-1, 1, 28, 28)[:count]
    return torch.from_numpy(images.copy()).float() / 255, torch.from_numpy(read("train-labels-idx1-ubyte.gz", 8)[:count].astype(np.int64))


def ask(ours, folder, job, tensors):
    save_file(tensors, os.path.join(folder, "job.safetensors"))
    json.dump(job, open(os.path.join(folder, "job.json"), "w"))
    out = subprocess.run(shlex.split(ours.format(folder=folder)), check=True, capture_output=True, text=True).stdout
    return json.loads(out.splitlines()[-1])


def compare_steps(ours, folder, rule, steps=50, batch=64):
    torch.manual_seed(0)
    model = lenet5()
    images, labels = digits(ARGS.digits, steps * batch)
    weights = {f"weights/{name}": value for name, value in named(model).items()}
    theirs = ask(ours, folder, {"network": "lenet5", "rule": rule, "batch": batch}, {**weights, "images": images, "labels": labels})
    make = {"sgd": lambda p: torch.optim.SGD(p, 0.05, momentum=0.9), "adam": lambda p: torch.optim.Adam(p, 1e-3)}
    update = make[rule](model.parameters())
    worst = 0.0
    for step in range(steps):
        part = slice(step * batch, (step + 1) * batch)
        loss = F.cross_entropy(model(images[part]), labels[part])
        update.zero_grad()
        loss.backward()
        update.step()
        worst = max(worst, abs(theirs["losses"][step] - loss.item()) / abs(loss.item()))
    report(f"lenet5, {rule}, {steps} steps", worst)


def compare_gradients(ours, folder, batch=16):
    torch.manual_seed(0)
    model = tv.resnet18(num_classes=10).train()
    images, labels = torch.rand(batch, 3, 32, 32), torch.randint(0, 10, (batch,))
    weights = {f"weights/{name}": value.clone() for name, value in model.state_dict().items() if value.is_floating_point()}
    theirs = ask(ours, folder, {"network": "resnet18", "rule": "none", "batch": batch}, {**weights, "images": images, "labels": labels})
    loss = F.cross_entropy(model(images), labels)
    loss.backward()
    report("resnet18, first loss", abs(theirs["losses"][0] - loss.item()) / loss.item())
    gradients = load_file(os.path.join(folder, "gradients.safetensors"))
    parameters = dict(model.named_parameters())
    assert set(gradients) == set(parameters), set(gradients) ^ set(parameters)
    differences = {
        name: ((gradients[name] - value.grad).abs().max() / value.grad.abs().max()).item() for name, value in parameters.items()
    }
    name = max(differences, key=differences.get)
    report(f"resnet18, {len(differences)} gradients, most at {name}", differences[name])


def report(what, worst):
    print(f"{what}: at most {worst:.1e} of the value{'' if worst <= BOUND else ': ABOVE THE BOUND'}")
    FAILED.append(what) if worst > BOUND else None


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--ours", default="target/release/parity {folder}")
    words.add_argument("--digits", default="crates/striate-data/data/digits")
    ARGS, FAILED = words.parse_args(), []
    with tempfile.TemporaryDirectory() as folder:
        for rule in ("sgd", "adam"):
            compare_steps(ARGS.ours, folder, rule)
        compare_gradients(ARGS.ours, folder)
    raise SystemExit(1 if FAILED else 0)
