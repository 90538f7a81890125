#!/usr/bin/env python3
"""Loads exported safetensors into PyTorch, in the published layout, and compares with dino's features.

    weights_in_pytorch.py pictures DIR SIDE COUNT       random PNG pictures of SIDE pixels
    weights_in_pytorch.py make FAMILY FILE.pth          a small network of a family, random weights
    weights_in_pytorch.py compare FILE.safetensors --pictures DIR --features FILE.npy
                                  [--heads N] [--checkpoint FILE.pth]
    weights_in_pytorch.py families DIR [FAMILY ...]     all of it for each family, by ./dino

Needs PyTorch, NumPy and Pillow only (Debian: python3-torch python3-numpy python3-pil). The networks
are written out in networks_in_pytorch.py: their parameters have the published names, and weights are
loaded strictly. timm's and Hugging Face's names are turned into published ones first.
"""
import argparse, json, math, pathlib, re, struct, subprocess
import numpy as np, torch
from PIL import Image
from networks_in_pytorch import (
    ConvNext, Head, Mlp, ResNet50, Rope, Swiglu, SwigluFused, VisionTransformer, Xcit)

# ------------------------------------------------------------------------- other names

HF_VIT = [  # transformers' ViTModel, Dinov2Model, DINOv3ViTModel: pattern, published name
    (r"embeddings\.position_embeddings", "pos_embed"),
    (r"embeddings\.patch_embeddings\.(?:projection\.)?", "patch_embed.proj."),
    (r"embeddings\.", ""),
    (r"^(?:encoder\.)?layer\.", "blocks."),
    (r"layernorm_before|norm1", "norm1"), (r"layernorm_after|norm2", "norm2"), (r"^layernorm", "norm"),
    (r"attention\.(?:output\.dense|o_proj)", "attn.proj"),
    (r"attention\.(?:attention\.)?(?:query|q_proj)", "attn.q"),
    (r"attention\.(?:attention\.)?(?:key|k_proj)", "attn.k"),
    (r"attention\.(?:attention\.)?(?:value|v_proj)", "attn.v"),
    (r"layer_scale(\d)\.lambda1", r"ls\1.gamma"),
    (r"intermediate\.dense", "mlp.fc1"), (r"(\d)\.output\.dense", r"\1.mlp.fc2"),
    (r"mlp\.weights_in", "mlp.w12"), (r"mlp\.weights_out", "mlp.w3")]
HF_PLAIN = [(r"mlp\.up_proj", "mlp.fc1"), (r"mlp\.down_proj", "mlp.fc2")]
HF_GATED = [(r"mlp\.gate_proj", "mlp.w1"), (r"mlp\.up_proj", "mlp.w2"), (r"mlp\.down_proj", "mlp.w3")]
HF_CONVNEXT = [
    (r"stages\.(\d)\.downsample_layers", r"downsample_layers.\1"), (r"\.layers\.", "."),
    (r"depthwise_conv", "dwconv"), (r"pointwise_conv", "pwconv"), (r"layer_norm", "norm")]
TIMM_CONVNEXT = [
    (r"stem", "downsample_layers.0"), (r"stages\.(\d)\.downsample", r"downsample_layers.\1"),
    (r"\.blocks\.", "."), (r"conv_dw", "dwconv"), (r"mlp\.fc", "pwconv"), (r"head\.norm", "norm")]
TIMM_DINOV3 = [(r"gamma_(\d)", r"ls\1.gamma"), (r"mlp\.fc1_g", "mlp.w1"), (r"mlp\.fc1_x", "mlp.w2")]
TIMM_SWIGLU = [(r"mlp\.fc1", "mlp.w12"), (r"mlp\.fc2", "mlp.w3")]
TIMM_XCIT = [(r"^pos_embed\.", "pos_embeder.")]


def renamed(state, patterns):
    result = {}
    for name, value in state.items():
        for pattern, other in patterns:
            name = re.sub(pattern, other, name)
        assert name not in result, name
        result[name] = value
    return result


def joined(state):
    """Query, key and value as one layer; a key bias that is left out is 0."""
    result = {name: value for name, value in state.items() if not re.search(r"attn\.[qkv][._]", name)}
    for name in state:
        part = re.match(r"(.+attn\.)q([._])(weight|bias)$", name)
        if part:
            before, dot, leaf = part.groups()
            q, v = state[name], state[f"{before}v{dot}{leaf}"]
            result[f"{before}qkv.{leaf}"] = torch.cat([q, state.get(f"{before}k{dot}{leaf}", 0 * q), v])
    return result


def completed_dinov3(state, heads):
    """With what timm and transformers do not store: periods, computed anew, and the masks of biases."""
    dim = state["cls_token"].shape[-1]
    state["rope_embed.periods"] = Rope(dim // heads // 4).periods
    for name in [name for name in state if name.endswith("attn.qkv.bias")]:
        ones, zeros = torch.ones(dim), torch.zeros(dim)
        state[name + "_mask"] = torch.cat([ones, zeros, ones])
    if "mask_token" in state:
        state["mask_token"] = state["mask_token"].reshape(1, dim)
    return state


def published(state, heads):
    """A backbone's weights under published names, without a prefix."""
    if any(name.startswith("backbone.") for name in state):
        return {name[9:]: value for name, value in state.items() if name.startswith("backbone.")}
    if "embeddings.cls_token" in state:  # Hugging Face, Vision Transformer
        if "layer.0.norm1.weight" not in state:  # not DINOv3
            return joined(renamed(state, HF_VIT))
        gated = "layer.0.mlp.gate_proj.weight" in state
        state = joined(renamed(state, HF_VIT + (HF_GATED if gated else HF_PLAIN)))
        return completed_dinov3(renamed(state, [("register_tokens", "storage_tokens")]), heads)
    if "stages.0.layers.0.depthwise_conv.weight" in state or "stem.0.weight" in state:
        state = renamed(state, TIMM_CONVNEXT if "stem.0.weight" in state else HF_CONVNEXT)
        return {**state, **{f"norms.3.{leaf}": state[f"norm.{leaf}"] for leaf in ("weight", "bias")}}
    if "pos_embed.token_projection.weight" in state:
        return joined(renamed(state, TIMM_XCIT))
    if "reg_token" in state and "pos_embed" not in state:  # timm's DINOv3
        gated = "blocks.0.mlp.fc1_g.weight" in state
        state = renamed(state, TIMM_DINOV3 + ([(r"mlp\.fc2", "mlp.w3")] if gated else []))
        state = joined(renamed(state, [("reg_token", "storage_tokens")]))
        return completed_dinov3(state, heads)
    if "reg_token" in state:  # the class token has its position in it
        state = renamed(state, [("reg_token", "register_tokens")])
        state["pos_embed"] = torch.cat([torch.zeros_like(state["pos_embed"][:, :1]), state["pos_embed"]], 1)
    rows = state.get("blocks.0.mlp.fc1.weight")
    fused = rows is not None and rows.shape[0] == 2 * state["blocks.0.mlp.fc2.weight"].shape[1]
    return renamed(state, TIMM_SWIGLU) if fused else dict(state)


# ----------------------------------------------------------------------------- building


def count(state, pattern):
    return 1 + max(int(found[1]) for found in (re.match(pattern, name) for name in state) if found)


def backbone(state, heads):
    """The network that weights under published names are of."""
    if "conv1.weight" in state:
        return ResNet50()
    if "downsample_layers.0.0.weight" in state:
        dims = [state[f"stages.{i}.0.gamma"].shape[0] for i in range(4)]
        return ConvNext([count(state, rf"stages\.{i}\.(\d+)") for i in range(4)], dims)
    depth, dim = count(state, r"blocks\.(\d+)"), state["cls_token"].shape[-1]
    if "patch_embed.proj.0.0.weight" in state:
        patch = 16 if "patch_embed.proj.6.0.weight" in state else 8
        return Xcit(patch, dim, depth, state["blocks.0.attn.temperature"].shape[0])
    periods = state["rope_embed.periods"].shape[0] if "rope_embed.periods" in state else 0
    first = {"blocks.0.mlp.w12.weight": SwigluFused, "blocks.0.mlp.w1.weight": Swiglu}
    name = next((name for name in first if name in state), "blocks.0.mlp.fc1.weight")
    ffn, rows = first.get(name, Mlp), state[name].shape[0]
    registers = state.get("storage_tokens", state.get("register_tokens", torch.zeros(1, 0)))
    return VisionTransformer(
        state["patch_embed.proj.weight"].shape[2], dim, depth, heads, ffn,
        rows // 2 if ffn is SwigluFused else rows,
        grid=math.isqrt(state["pos_embed"].shape[1] - 1) if "pos_embed" in state else 0,
        registers=registers.shape[1], periods=periods, scaled="blocks.0.ls1.gamma" in state,
        bias="blocks.0.attn.qkv.bias" in state, masked="blocks.0.attn.qkv.bias_mask" in state,
        mask_token="mask_token" in state, local_norm="local_cls_norm.weight" in state)


def load(state, heads):
    """The backbone, and the head where there is one, with these weights, strictly."""
    weights = published(state, heads)
    network = backbone(weights, heads)
    counts = {n: v for n, v in network.state_dict().items() if n.endswith("num_batches_tracked")}
    network.load_state_dict({**counts, **weights}, strict=True)
    head = {name[5:]: value for name, value in state.items() if name.startswith("head.mlp.")
            or name.startswith("head.last_layer.")}
    if head:
        out, bottleneck = head["last_layer.weight_v"].shape
        Head(weights["cls_token"].shape[-1], head["mlp.0.weight"].shape[0], bottleneck, out).load_state_dict(
            head, strict=True)
    return network.eval()


FAMILIES = {  # a small network of each; what dino must be told of it: heads, side of the pictures
    "dino": (lambda: VisionTransformer(8, 48, 3, 3, grid=4), 3, 32),
    "dinov2": (lambda: VisionTransformer(14, 48, 3, 3, grid=5, scaled=True, mask_token=True), 3, 56),
    "dinov2_registers": (lambda: VisionTransformer(
        14, 48, 3, 3, grid=5, registers=4, scaled=True, mask_token=True), 3, 56),
    "dinov2_swiglu": (lambda: VisionTransformer(
        14, 48, 3, 3, SwigluFused, 128, grid=4, scaled=True, mask_token=True), 3, 56),
    "dinov3": (lambda: VisionTransformer(
        16, 48, 3, 3, registers=4, periods=4, scaled=True, masked=True, mask_token=True), 3, 64),
    "dinov3_swiglu": (lambda: VisionTransformer(
        16, 48, 3, 3, Swiglu, 64, registers=4, periods=4, scaled=True, bias=False, mask_token=True,
        local_norm=True), 3, 64),
    "xcit": (lambda: Xcit(16, 48, 3, 3), 0, 64),
    "convnext": (lambda: ConvNext([3, 3, 9, 3], [8, 16, 32, 64]), 0, 64),
    "resnet50": (ResNet50, 0, 64)}
FEW_NAMES = {"xcit", "resnet50"}  # transformers has no model of these


def random_network(family):
    """Weights away from 0 and 1, so that each counts."""
    torch.manual_seed(7)
    network = FAMILIES[family][0]()
    for name, value in network.state_dict().items():
        if name.endswith("running_var"):
            value.uniform_(0.5, 1.5)
        elif name.endswith("bias_mask"):
            value.view(3, -1)[1] = 0
        elif not name.endswith(("num_batches_tracked", "periods")):
            near_one = value.dim() == 1 and name.endswith(("weight", "gamma", "gamma1", "gamma2", "gamma3"))
            fan_in = value[0].numel() if value.dim() > 1 else 1
            value.normal_(1 if near_one else 0, 0.2 if value.dim() == 1 else (2 / max(fan_in, 8)) ** 0.5)
    return network.eval()


# ----------------------------------------------------------------------------- commands


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


def write_pictures(folder, side, number):
    random = np.random.default_rng(7)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(number):
        pixels = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{i:03}.png")


def read_pictures(folder, mean, std):
    files = sorted(folder.glob("*.png"))
    pixels = np.stack([np.asarray(Image.open(file).convert("RGB")) for file in files]) / 255.0
    return torch.from_numpy(((pixels - mean) / std).astype(np.float32)).permute(0, 3, 1, 2)


def difference(network, pictures, metadata, features):
    """Largest difference of the features, in parts of the largest value."""
    mean, std = ([float(word) for word in metadata[f"dino.{key}"].split()] for key in ("mean", "std"))
    with torch.no_grad():
        expected = network(read_pictures(pictures, mean, std)).numpy()
    actual = np.load(features)
    assert actual.shape == expected.shape, (actual.shape, expected.shape)
    return np.abs(actual - expected).max() / np.abs(expected).max()


def compare(arguments):
    state, metadata = read_safetensors(arguments.file)
    print(f"{len(state)} tensors, metadata {metadata}")
    if arguments.checkpoint:
        teacher = torch.load(arguments.checkpoint, map_location="cpu")["teacher"]
        assert teacher.keys() == state.keys(), teacher.keys() ^ state.keys()
        equal = sum(torch.equal(teacher[name], state[name]) for name in state)
        print(f"{equal} of {len(teacher)} tensors equal those of the checkpoint bit for bit")
        assert equal == len(teacher)
    network = load(state, arguments.heads or int(metadata.get("dino.num_heads", 0)))
    print("all names and shapes are the network's")
    error = difference(network, arguments.pictures, metadata, arguments.features)
    print(f"features: largest difference {error:.1e} of the largest value")
    assert error < 1e-5


def families(arguments):
    """Each family: made here, imported and embedded by dino, exported under all names, loaded here."""
    def dino(*words):
        done = subprocess.run([arguments.dino, *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    for family in arguments.family or FAMILIES:
        _, heads, side = FAMILIES[family]
        folder = arguments.folder / family
        folder.mkdir(parents=True)
        network, pth = random_network(family), folder / "network.pth"
        torch.save(network.state_dict(), pth)
        write_pictures(folder / "pictures", side, 8)
        told = ["--num_heads", heads] if heads and not family.startswith("dinov3") else []
        dino("import", "--weights", pth, "--output", folder / "model", "--eval_crop_size", side,
             "--eval_resize_size", side, *told)
        dino("features", "--model", folder / "model", "--data", folder / "pictures", "--output", folder / "f.npy")
        for names in ["published", "timm"] + ["huggingface"] * (family not in FEW_NAMES):
            file = folder / names / "model.safetensors"
            file.parent.mkdir()
            dino("export", "--model", folder / "model", "--safetensors", file, "--names", names)
            state, metadata = read_safetensors(file)
            ours = load(state, heads)
            original = {n: v for n, v in network.state_dict().items() if n in ours.state_dict()}
            equal = sum(torch.equal(value, ours.state_dict()[name]) for name, value in original.items())
            error = difference(ours, folder / "pictures", metadata, folder / "f.npy")
            print(f"{family:17} {names:12} {len(state):4} tensors, {equal:4} of {len(network.state_dict())}"
                  f" as made; features differ by {error:.1e} of the largest", flush=True)
            assert error < 1e-5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(required=True)
    make = commands.add_parser("pictures")
    make.add_argument("folder", type=pathlib.Path)
    make.add_argument("side", type=int)
    make.add_argument("count", type=int)
    make.set_defaults(run=lambda a: write_pictures(a.folder, a.side, a.count))
    network = commands.add_parser("make")
    network.add_argument("family", choices=FAMILIES)
    network.add_argument("file", type=pathlib.Path)
    network.set_defaults(run=lambda a: torch.save(random_network(a.family).state_dict(), a.file))
    check = commands.add_parser("compare")
    check.add_argument("file")
    check.add_argument("--heads", type=int, default=0)
    check.add_argument("--pictures", type=pathlib.Path, required=True)
    check.add_argument("--features", required=True)
    check.add_argument("--checkpoint")
    check.set_defaults(run=compare)
    every = commands.add_parser("families")
    every.add_argument("folder", type=pathlib.Path)
    every.add_argument("family", nargs="*", help=", ".join(FAMILIES))
    every.add_argument("--dino", default="./dino")
    every.set_defaults(run=families)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
