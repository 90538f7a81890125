"""Cuts photographs into pictures of 500 x 375 pixels, JPEG quality 90: what docs/data.md times the pipeline on.

Usage: cut_photographs.py OUTPUT PHOTOGRAPH...      (needs Debian's python3-pil)

    apt-get download mate-backgrounds && dpkg -x mate-backgrounds_*.deb mate
    benchmarks/cut_photographs.py pictures mate/usr/share/backgrounds/mate/nature/*.jpg
"""
import os
import sys

from PIL import Image

WIDTH, HEIGHT = 500, 375

output = sys.argv[1]
os.makedirs(output, exist_ok=True)
for photograph in sys.argv[2:]:
    image = Image.open(photograph).convert("RGB")
    name = os.path.splitext(os.path.basename(photograph))[0]
    for top in range(0, image.height - HEIGHT + 1, HEIGHT):
        for left in range(0, image.width - WIDTH + 1, WIDTH):
            piece = image.crop((left, top, left + WIDTH, top + HEIGHT))
            piece.save(f"{output}/{name}-{top}-{left}.jpg", quality=90)
