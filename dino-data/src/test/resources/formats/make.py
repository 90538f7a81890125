"""Makes the pictures in this folder and pillow.tsv: for each its size and the pixels of Pillow's convert("RGB"), in hex;
and draft.tsv: the same of JPEGs after Pillow's draft, which halves their sides once, twice or three times.

Usage: make.py      (in this folder; made with Debian's python3-pil 9.4.0)
"""
import struct
import zlib

from PIL import Image

W, H = 17, 13


def wave(y, x, c):
    return (y * 9 + x * (5 + 2 * c) + c * 40) % 256


rgb = Image.new("RGB", (W, H))
rgb.putdata([tuple(wave(y, x, c) for c in range(3)) for y in range(H) for x in range(W)])
rgba = rgb.copy()
rgba.putalpha(Image.linear_gradient("L").resize((W, H)))
grey = rgb.convert("L")
other = rgb.transpose(Image.FLIP_LEFT_RIGHT)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png16(name, channels):
    """16 bits a channel, which Pillow reads but does not write: colour type 0 (grey) or 2 (RGB)."""
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">H", wave(y, x, c) * 257 - (wave(y, x, c) > 0) * 77)
                         for x in range(W) for c in range(channels)) for y in range(H))
    header = struct.pack(">IIBBBBB", W, H, 16, 0 if channels == 1 else 2, 0, 0, 0)
    with open(name, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


grey.save("grey.png")
grey.save("grey.jpg", quality=90)
grey.convert("1").save("one_bit.png")
rgb.quantize(16).save("palette.png")
rgb.quantize(16).save("palette_transparent.png", transparency=3)
rgba.save("rgba.png")
rgba.convert("LA").save("grey_alpha.png")
png16("rgb_16_bit.png", 3)
png16("grey_16_bit.png", 1)
rgb.save("baseline.jpg", quality=90)
rgb.save("full_chroma.jpg", quality=90, subsampling=0)
rgb.save("progressive.jpg", quality=90, progressive=True)
rgb.convert("CMYK").save("cmyk.jpg", quality=90)
rgb.quantize(32).save("animated.gif", save_all=True, append_images=[other.quantize(32)])
grey.save("grey.gif")
rgb.save("rgb.bmp")
grey.save("grey.bmp")
rgb.quantize(16).save("palette.bmp")
rgba.save("rgba.bmp")
rgb.save("a_png.jpg", format="PNG")
rgb.save("a_jpeg.png", format="JPEG", quality=90)

names = """grey.png grey.jpg one_bit.png palette.png palette_transparent.png rgba.png grey_alpha.png rgb_16_bit.png
grey_16_bit.png baseline.jpg full_chroma.jpg progressive.jpg cmyk.jpg animated.gif grey.gif rgb.bmp grey.bmp palette.bmp
rgba.bmp a_png.jpg a_jpeg.png""".split()
with open("pillow.tsv", "w") as table:
    for name in names:
        image = Image.open(name)
        table.write(f"{name}\t{image.width}\t{image.height}\t{image.convert('RGB').tobytes().hex()}\n")

with open("draft.tsv", "w") as table:
    for name in "grey.jpg baseline.jpg full_chroma.jpg progressive.jpg cmyk.jpg a_jpeg.png rgb.bmp".split():
        for halvings in range(4):
            image = Image.open(name)
            image.draft("RGB", (W >> halvings, H >> halvings))
            table.write(f"{name}\t{halvings}\t{image.width}\t{image.height}\t{image.convert('RGB').tobytes().hex()}\n")
