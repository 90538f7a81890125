"""Makes NAME.jpg and NAME.png: a picture, and what torchvision and Pillow make of it for evaluation.

The transform is that of the published eval_knn.py: Resize(256, bicubic), CenterCrop(224). Made with Python 3.11,
numpy 1.24, Pillow 9.4 and torchvision 0.14 (Debian 12). The pictures are drawn here: edges, slopes, fine stripes, noise.
"""

import numpy
from PIL import Image
from torchvision import transforms


def picture(width, height, seed):
    random = numpy.random.default_rng(seed)
    y, x = numpy.mgrid[0:height, 0:width] / min(width, height)
    channels = []
    for _ in range(3):
        a, b, c, d, angle = random.uniform(0.2, 1, 5)
        slope = 0.5 + 0.3 * numpy.sin(3 * a * x + 4 * b * y + 6 * c)
        stripes = 0.1 * numpy.sin((40 + 60 * d) * (x * angle + y))
        disc = 0.3 * ((x - a) ** 2 + (y - b) ** 2 < 0.09) - 0.3 * (numpy.abs(x - c) + numpy.abs(y - d) < 0.2)
        channels.append(slope + stripes + disc)
    pixels = numpy.stack(channels, axis=-1) + random.normal(0, 0.02, (height, width, 1))
    return Image.fromarray((255 * pixels.clip(0, 1)).round().astype(numpy.uint8))


view = transforms.Compose(
    [transforms.Resize(256, interpolation=transforms.InterpolationMode.BICUBIC), transforms.CenterCrop(224)]
)

for name, width, height, options in [
    ("landscape", 500, 375, dict(quality=90)),
    ("portrait", 149, 201, dict(quality=75, progressive=True)),
]:
    picture(width, height, len(name)).save(name + ".jpg", **options)
    with Image.open(name + ".jpg") as decoded:
        view(decoded.convert("RGB")).save(name + ".png", optimize=True)
