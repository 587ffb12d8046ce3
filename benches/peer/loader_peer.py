"""Loads pictures with torchvision v2 and a DataLoader of two workers; prints images per second as a line of JSON.

Usage: python loader_peer.py {photos FOLDER | cifar} [--epochs 3]

photos: the JPEG files of a folder per class: decode, random resized crop to 224, flip, colour jitter, normalise, batches of 32.
cifar: 20,000 pictures of 32 x 32 px in memory: crop with a padding of 4, flip, normalise, batches of 128.
`--make FOLDER N` first writes N pictures of 500 x 375 px, parts of scikit-learn's two photos with other light, as JPEG of quality 90.
Pictures are decoded by Pillow or by torchvision's own decoder, whichever is faster; each epoch starts its workers once.
"""
import argparse, json, os, resource, time

import torch
from torch.utils.data import DataLoader, Dataset
from torchvision import datasets, io
from torchvision.transforms import v2

MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def make(folder, count):
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_sample_images

    draw = np.random.default_rng(0)
    for number in range(count):
        photo = load_sample_images().images[number % 2]
        top, left = draw.integers(0, photo.shape[0] - 375 + 1), draw.integers(0, photo.shape[1] - 500 + 1)
        part = photo[top : top + 375, left : left + 500].astype(float) * draw.uniform(0.7, 1.2) + draw.normal(0, 4, (375, 500, 3))
        to = os.path.join(folder, ["temple", "flower"][number % 2])
        os.makedirs(to, exist_ok=True)
        Image.fromarray(part.clip(0, 255).astype("uint8")).save(os.path.join(to, f"{number:05}.jpg"), quality=90)


class Cifar(Dataset):
    def __init__(self):
        self.pictures = torch.randint(0, 256, (20000, 3, 32, 32), dtype=torch.uint8)
        self.change = v2.Compose(
            [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), v2.ToDtype(torch.float32, scale=True), v2.Normalize(MEAN, STD)]
        )

    def __len__(self):
        return len(self.pictures)

    def __getitem__(self, index):
        return self.change(self.pictures[index]), index % 10


def photos(folder, own):
    load = (lambda path: io.decode_image(path, mode="RGB")) if own else datasets.folder.default_loader
    first = [] if own else [v2.PILToTensor()]
    change = v2.Compose(
        [
            v2.RandomResizedCrop(224, antialias=True),
            v2.RandomHorizontalFlip(),
            v2.ColorJitter(0.4, 0.4, 0.4, 0.1),
            *first,
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(MEAN, STD),
        ]
    )
    return datasets.ImageFolder(folder, change, loader=load)


def rate(dataset, batch, epochs):
    loader = DataLoader(dataset, batch_size=batch, shuffle=True, num_workers=2, persistent_workers=True)
    best = 0.0
    for epoch in range(epochs + 1):
        begun, seen = time.perf_counter(), 0
        for images, _ in loader:
            seen += len(images)
        if epoch:  # The first starts the workers.
            best = max(best, seen / (time.perf_counter() - begun))
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["photos", "cifar"])
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--make", type=int, metavar="N")
    words = parser.parse_args()
    torch.set_num_threads(1)
    if words.make:
        make(words.folder, words.make)
    if words.what == "cifar":
        rates = {"tensor": rate(Cifar(), 128, words.epochs)}
    else:
        rates = {"torchvision.io": rate(photos(words.folder, True), 32, words.epochs), "Pillow": rate(photos(words.folder, False), 32, words.epochs)}
    variant = max(rates, key=rates.get)
    usage = [resource.getrusage(who).ru_maxrss // 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    line = {"id": f"loader/{words.what}", "engine": "torchvision", "variant": variant, "items_per_s": round(rates[variant], 1)}
    print(json.dumps(line | {"all": {name: round(value, 1) for name, value in rates.items()}, "peak_rss_mb": max(usage)}))


main()
