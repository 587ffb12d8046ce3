"""Reads a folder of event files with TensorBoard's own reader, and compares it with what the test wrote."""
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

everything = {"scalars": 0, "images": 0, "histograms": 0, "tensors": 0}
events = EventAccumulator(sys.argv[1], size_guidance=everything).Reload()
tags = events.Tags()
assert sorted(tags["scalars"]) == ["loss/train", "loss/validation, ü"], tags
assert (tags["images"], tags["histograms"]) == (["picture"], ["weights"]), tags
train = events.Scalars("loss/train")
assert [event.step for event in train] == list(range(151)), [event.step for event in train]
assert all(abs(event.value - 1 / (event.step + 1)) < 1e-7 for event in train[:150])
assert train[150].value == 0.25 and events.Scalars("loss/validation, ü")[0].value == 2.0
assert all(event.wall_time > 1e9 for event in train)
image = events.Images("picture")[0]
assert (image.step, image.width, image.height) == (3, 2, 1) and image.encoded_image_string.startswith(b"\x89PNG")
histogram = events.Histograms("weights")[0].histogram_value
assert (histogram.min, histogram.max, histogram.num, histogram.sum) == (-1, 3, 5, 3), histogram
assert sum(histogram.bucket) == 5 and len(histogram.bucket) == len(histogram.bucket_limit), histogram
for number, below in [(-1, 1), (0, 2), (0.5, 4), (3, 5)]:
    reached = [limit for limit in histogram.bucket_limit if limit >= number][0]
    count = sum(n for n, limit in zip(histogram.bucket, histogram.bucket_limit) if limit <= reached)
    assert count == below, (number, count, histogram)
print(f"tensorboard: {len(train)} values of loss/train, an image, a histogram")
