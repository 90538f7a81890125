#!/usr/bin/env python3
"""Loads exported safetensors into PyTorch in the published layout and compares with dino's features.

    weights_in_pytorch.py pictures DIR SIDE COUNT       random PNG pictures of SIDE pixels
    weights_in_pytorch.py compare FILE --heads N --pictures DIR --features FILE.npy
                                  [--checkpoint FILE.pth]

Needs PyTorch, NumPy and Pillow only (Debian: python3-torch python3-numpy python3-pil). The network
is written out below: its parameters have the published names, and they are loaded strictly.
"""
import argparse, json, math, pathlib, struct
import numpy as np, torch
from PIL import Image
from torch import nn
import torch.nn.functional as F


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, t, d))


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), Attention(dim, heads)
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), Mlp(dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class PatchEmbed(nn.Module):
    def __init__(self, patch, dim):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, patch, patch)


class Backbone(nn.Module):
    """A Vision Transformer on pictures of the size that its position embedding is laid out for."""

    def __init__(self, patch, dim, depth, heads, patches):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + patches, dim))
        self.patch_embed = PatchEmbed(patch, dim)
        self.blocks = nn.Sequential(*(Block(dim, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, images):
        tokens = self.patch_embed.proj(images).flatten(2).transpose(1, 2)
        tokens = torch.cat([self.cls_token.expand(len(images), -1, -1), tokens], 1) + self.pos_embed
        return self.norm(self.blocks(tokens))[:, 0]


class Head(nn.Module):
    def __init__(self, dim, hidden, bottleneck, out):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, hidden),
                                 nn.GELU(), nn.Linear(hidden, bottleneck))
        self.last_layer = nn.utils.weight_norm(nn.Linear(bottleneck, out, bias=False))


def read_safetensors(path):
    """u64 length of a JSON header, the header, raw little-endian data; F32 only."""
    content = pathlib.Path(path).read_bytes()
    length, = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + length])
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            assert entry["dtype"] == "F32", entry
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            values = np.frombuffer(content[begin:end], "<f4").copy()
            tensors[name] = torch.from_numpy(values).reshape(entry["shape"])
    return tensors, header.get("__metadata__", {})


def build(state, heads):
    dim, _, patch, _ = state["backbone.patch_embed.proj.weight"].shape
    depth = 1 + max(int(name.split(".")[2]) for name in state if ".blocks." in name)
    patches = state["backbone.pos_embed"].shape[1] - 1
    parts = {"backbone": Backbone(patch, dim, depth, heads, patches)}
    if "head.last_layer.weight_v" in state:
        out, bottleneck = state["head.last_layer.weight_v"].shape
        parts["head"] = Head(dim, state["head.mlp.0.weight"].shape[0], bottleneck, out)
    return nn.ModuleDict(parts).eval()


def pictures(folder, side, count):
    random = np.random.default_rng(7)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        pixels = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:03}.png")


def compare(arguments):
    state, metadata = read_safetensors(arguments.file)
    print(f"{len(state)} tensors, metadata {metadata}")
    if arguments.checkpoint:
        teacher = torch.load(arguments.checkpoint, map_location="cpu")["teacher"]
        assert teacher.keys() == state.keys(), teacher.keys() ^ state.keys()
        equal = sum(torch.equal(teacher[name], state[name]) for name in state)
        print(f"{equal} of {len(teacher)} tensors equal those of the checkpoint bit for bit")
        assert equal == len(teacher)
    model = build(state, arguments.heads)
    print("load_state_dict(strict=True):", model.load_state_dict(state, strict=True))
    files = sorted(arguments.pictures.glob("*.png"))
    pixels = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files]) / 255.0
    normalized = (pixels - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]
    images = torch.from_numpy(normalized.astype(np.float32)).permute(0, 3, 1, 2)
    with torch.no_grad():
        expected = model["backbone"](images).numpy()
    actual = np.load(arguments.features)
    error = np.abs(actual - expected).max() / np.abs(expected).max()
    print(f"features {actual.shape}: largest difference {error:.1e} of the largest value")
    assert error < 1e-5


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("pictures")
    make.add_argument("folder", type=pathlib.Path)
    make.add_argument("side", type=int)
    make.add_argument("count", type=int)
    make.set_defaults(run=lambda a: pictures(a.folder, a.side, a.count))
    check = commands.add_parser("compare")
    check.add_argument("file")
    check.add_argument("--heads", type=int, required=True)
    check.add_argument("--pictures", type=pathlib.Path, required=True)
    check.add_argument("--features", required=True)
    check.add_argument("--checkpoint")
    check.set_defaults(run=compare)
    arguments = parser.parse_args()
    arguments.run(arguments)
