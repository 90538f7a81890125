"""Makes the folder that the shipped teacher learned from: Debian's Open Clip Art Library as pictures like those of the embedded clip-art.

Usage: openclipart.py LIBRARY CLIPART OUTPUT      (needs Debian's python3-pil and python3-numpy)

    apt-get download openclipart-png && dpkg -x openclipart-png_*.deb openclipart
    benchmarks/openclipart.py openclipart/usr/share/openclipart/png dino-data/src/main/resources/clipart pictures

Each picture is set on white, cut to its content and reduced to at most 128 pixels; tiny and equal ones are left out, and every one that looks
like a validation picture of CLIPART, so that nothing that is asked about has been seen.
"""
import os
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
from PIL import Image

SIDE, LEAST, WHITE = 128, 24, 250
ALIKE = 4  # mean difference of 16 x 16 thumbnails, of 255

Image.MAX_IMAGE_PIXELS = 400_000_000


def on_white(path):
    """The picture's content on white, or None if it is next to nothing or not a picture."""
    try:
        picture = Image.open(path).convert("RGBA")
    except OSError:
        return None
    if max(picture.size) > 4 * SIDE:
        picture.thumbnail((4 * SIDE, 4 * SIDE), Image.BOX)
    ground = Image.new("RGBA", picture.size, "white")
    ground.alpha_composite(picture)
    picture = ground.convert("RGB")
    content = Image.fromarray((np.asarray(picture) < WHITE).any(2)).getbbox()
    if content is None:
        return None
    picture = picture.crop(content)
    picture.thumbnail((SIDE, SIDE), Image.LANCZOS)
    return picture if min(picture.size) >= LEAST else None


def thumbnail(picture):
    return np.asarray(picture.convert("RGB").resize((16, 16), Image.BILINEAR), np.int16).ravel()


def files(folder, ending):
    found = (os.path.join(top, name) for top, _, names in os.walk(folder) for name in names if name.endswith(ending))
    return sorted(path for path in found if not os.path.islink(path))


if __name__ == "__main__":
    library, clipart, output = sys.argv[1:]
    os.makedirs(output, exist_ok=True)
    asked = np.stack([thumbnail(Image.open(path)) for path in files(os.path.join(clipart, "val"), ".jpg")])
    seen, counts = set(), {"kept": 0, "unusable": 0, "like a validation picture": 0, "equal to another": 0}
    paths = files(library, ".png")
    with ProcessPoolExecutor() as pool:
        for path, picture in zip(paths, pool.map(on_white, paths, chunksize=32)):
            if picture is None:
                what = "unusable"
            elif np.abs(asked - thumbnail(picture)).mean(1).min() < ALIKE:
                what = "like a validation picture"
            elif picture.tobytes() in seen:
                what = "equal to another"
            else:
                what = "kept"
                seen.add(picture.tobytes())
                name = os.path.relpath(path, library).replace(os.sep, "-")
                picture.save(os.path.join(output, name[:-4] + ".jpg"), quality=92)
            counts[what] += 1
    print(", ".join(f"{count} {what}" for what, count in counts.items()))
