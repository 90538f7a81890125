"""Writes a directory for `dino verify`: PyTorch's numbers for a configuration of your choice.

    python3 make_reference.py OUT --embed_dim 40 --num_heads 5 --patch_size 4 --image_size 36 \
        --local_size 20 --seed 3 --optimizer adamw --use_bn_in_head --freeze_last_layer 2

The network is the published one (Caron et al. 2021), written down again in plain PyTorch; the
format is that of ../resources/reference/README.md. Needs torch, torchvision and numpy.
"""

import argparse
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

TYPES = {"float32": "F32", "float64": "F64", "int64": "I64"}
FORMULA = (
    "Tensor t of state_dict (in order, num_batches_tracked left out), flat element i (row-major, torch layout),"
    " float64 then rounded: a*sin(c0*i^2 + t) with a = 1.6/sqrt(fan_in) for ndim > 1 (fan_in = numel/shape[0]),"
    " 1 + 0.2*sin for running_var and 1-d 'weight', 0.1*sin for any other 1-d tensor."
    " cls_token and pos_embed take a = 0.5."
)


def write(path, tensors, metadata):
    header, blobs, offset = {"__metadata__": {k: str(v) for k, v in metadata.items()}}, [], 0
    for name, tensor in tensors.items():
        array = np.ascontiguousarray(tensor.detach().numpy() if torch.is_tensor(tensor) else tensor)
        array = array.reshape(1) if array.ndim == 0 else array
        blob = array.tobytes()
        header[name] = {"dtype": TYPES[str(array.dtype)], "shape": list(array.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        b, n, d = x.shape
        q, k, v = self.qkv(x).reshape(b, n, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q @ k.transpose(-2, -1) * (d // self.heads) ** -0.5).softmax(dim=-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, n, d)), weights


class Mlp(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.fc1 = nn.Linear(dim, 4 * dim)
        self.fc2 = nn.Linear(4 * dim, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = Mlp(dim)

    def forward(self, x):
        y, weights = self.attn(self.norm1(x))
        x = x + y
        return x + self.mlp(self.norm2(x)), weights


class PatchEmbed(nn.Module):
    def __init__(self, patch, dim):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, patch, patch)


class VisionTransformer(nn.Module):
    def __init__(self, patch, dim, depth, heads, size):
        super().__init__()
        self.patch = patch
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + 1, dim))
        self.patch_embed = PatchEmbed(patch, dim)
        self.blocks = nn.ModuleList(Block(dim, heads) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def positions(self, x):
        h, w = x.shape[2] // self.patch, x.shape[3] // self.patch
        n = self.pos_embed.shape[1] - 1
        if h * w == n and x.shape[2] == x.shape[3]:
            return self.pos_embed
        side = int(math.sqrt(n))
        grid = self.pos_embed[:, 1:].reshape(1, side, side, -1).permute(0, 3, 1, 2)
        scale = ((h + 0.1) / math.sqrt(n), (w + 0.1) / math.sqrt(n))
        grid = F.interpolate(grid, scale_factor=scale, mode="bicubic", recompute_scale_factor=False)
        assert grid.shape[2:] == (h, w)
        return torch.cat([self.pos_embed[:, :1], grid.permute(0, 2, 3, 1).reshape(1, h * w, -1)], dim=1)

    def layers(self, x):
        patches = self.patch_embed.proj(x).flatten(2).transpose(1, 2)
        y = torch.cat([self.cls_token.expand(len(x), -1, -1), patches], dim=1) + self.positions(x)
        outputs = []
        for block in self.blocks:
            y, weights = block(y)
            outputs.append(y)
        return outputs, weights

    def forward(self, x):
        return self.norm(self.layers(x)[0][-1])[:, 0]


class Head(nn.Module):
    def __init__(self, dim, hidden, bottleneck, out, batch_norm, norm_last_layer):
        super().__init__()
        layers = []
        for inner in (dim, hidden):
            layers += [nn.Linear(inner, hidden)] + [nn.BatchNorm1d(hidden)] * batch_norm + [nn.GELU()]
            if batch_norm:
                layers[-2] = nn.BatchNorm1d(hidden)
        self.mlp = nn.Sequential(*layers, nn.Linear(hidden, bottleneck))
        self.last_layer = nn.utils.weight_norm(nn.Linear(bottleneck, out, bias=False))
        self.last_layer.weight_g.data.fill_(1)
        self.last_layer.weight_g.requires_grad = not norm_last_layer

    def forward(self, x):
        return self.last_layer(F.normalize(self.mlp(x), dim=-1, p=2))


class Network(nn.Module):
    def __init__(self, backbone, head):
        super().__init__()
        self.backbone, self.head = backbone, head

    def forward(self, crops):
        groups, start = [], 0
        for i in range(1, len(crops) + 1):
            if i == len(crops) or crops[i].shape != crops[start].shape:
                groups.append(self.backbone(torch.cat(crops[start:i])))
                start = i
        return self.head(torch.cat(groups))


class Lars(torch.optim.Optimizer):
    def __init__(self, groups):
        super().__init__(groups, {"lr": 0, "weight_decay": 0})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                update = p.grad
                if p.ndim != 1:
                    update = update.add(p, alpha=group["weight_decay"])
                    p_norm, u_norm = p.norm(), update.norm()
                    if p_norm > 0 and u_norm > 0:
                        update = update * (0.001 * p_norm / u_norm)
                mu = self.state[p].setdefault("mu", torch.zeros_like(p))
                mu.mul_(0.9).add_(update)
                p.add_(mu, alpha=-group["lr"])


def initialise(network):
    for name, p in network.named_parameters():
        if name.endswith("weight_g"):
            p.data.fill_(1 + 0.2 * p.requires_grad)
        elif p.ndim == 1:
            p.data.normal_(1 if name.endswith("weight") else 0, 0.1)
        else:
            p.data.normal_(0, 0.5 if p.ndim == 3 else 1.2 / math.sqrt(p[0].numel()))


def network(args):
    vit = VisionTransformer(args.patch_size, args.embed_dim, args.depth, args.num_heads, args.image_size)
    head = Head(args.embed_dim, args.hidden_dim, args.bottleneck_dim, args.out_dim,
                args.use_bn_in_head, args.norm_last_layer)
    return Network(vit, head)


def cosine(base, end, epochs, steps, warmup_epochs=0):
    warmup = np.linspace(0, base, warmup_epochs * steps) if warmup_epochs else np.array([])
    i = np.arange(epochs * steps - len(warmup))
    return np.concatenate([warmup, end + 0.5 * (base - end) * (1 + np.cos(np.pi * i / len(i)))])


def loss_of(student, teacher, center, views, args, temperature):
    teacher = F.softmax((teacher - center) / temperature, dim=-1).detach().chunk(2)
    student = (student / args.student_temp).chunk(views)
    terms = [(-t * F.log_softmax(s, dim=-1)).sum(-1).mean()
             for q, t in enumerate(teacher) for v, s in enumerate(student) if v != q]
    return sum(terms) / len(terms)


def train(args):
    student, teacher = network(args), network(args)
    initialise(student)
    teacher.load_state_dict(student.state_dict())
    tensors = {f"initial.{k}": v.clone() for k, v in student.state_dict().items()}
    decayed = [p for n, p in student.named_parameters() if p.requires_grad and p.ndim > 1]
    others = [p for n, p in student.named_parameters() if p.requires_grad and p.ndim == 1]
    groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]
    optimizer = {"adamw": torch.optim.AdamW, "lars": Lars,
                 "sgd": lambda g: torch.optim.SGD(g, lr=0, momentum=0.9)}[args.optimizer](groups)
    lr = cosine(args.lr, 1e-5, args.epochs, args.steps_per_epoch, args.warmup_epochs)
    decay = cosine(0.04, 0.4, args.epochs, args.steps_per_epoch)
    momentum = cosine(0.9, 1, args.epochs, args.steps_per_epoch)
    temperature = np.concatenate([np.linspace(0.04, 0.07, 2), np.full(args.epochs - 2, 0.07)])
    center = torch.zeros(1, args.out_dim)
    views = 2 + args.local_crops
    losses, centers, norms = [], [], []
    for step in range(args.epochs * args.steps_per_epoch):
        epoch = step // args.steps_per_epoch
        for i, group in enumerate(optimizer.param_groups):
            group["lr"] = lr[step]
            if i == 0:
                group["weight_decay"] = decay[step]
        crops = [torch.randn(args.batch, 3, s, s) for s in
                 [args.image_size] * 2 + [args.local_size] * args.local_crops]
        tensors.update({f"step{step}.crop{c}_nchw": crop for c, crop in enumerate(crops)})
        teacher_out = teacher(crops[:2]).detach()
        loss = loss_of(student(crops), teacher_out, center, views, args, temperature[epoch])
        center = center * args.center_momentum + teacher_out.mean(0, keepdim=True) * (1 - args.center_momentum)
        optimizer.zero_grad()
        loss.backward()
        norms.append([])
        for name, p in student.named_parameters():
            if p.grad is not None:
                norm = p.grad.norm(2)
                norms[-1].append(norm.item())
                if args.clip_grad and args.clip_grad / (norm + 1e-6) < 1:
                    p.grad.mul_(args.clip_grad / (norm + 1e-6))
                if epoch < args.freeze_last_layer and "last_layer" in name:
                    p.grad = None
        optimizer.step()
        with torch.no_grad():
            for q, k in zip(student.parameters(), teacher.parameters()):
                k.mul_(momentum[step]).add_((1 - momentum[step]) * q)
        losses.append(loss.item())
        centers.append(center.numpy()[0])
    for who, net in ("student", student), ("teacher", teacher):
        tensors.update({f"{who}.{k}": v for k, v in net.state_dict().items()})
    tensors.update(losses=np.array(losses), centers=np.stack(centers), lr=lr, weight_decay=decay, momentum=momentum,
                   gradient_norms=np.array(norms), teacher_temperature=temperature)
    metadata = {k: str(v).lower() if isinstance(v, bool) else v for k, v in vars(args).items() if k != "out"}
    write(args.out / f"train_{args.name}.safetensors", tensors, metadata)


def vit_forward(args):
    vit = network(args).backbone
    initialise(vit)
    tensors = {f"weights.{k}": v for k, v in vit.state_dict().items()}
    p, s = args.patch_size, args.image_size
    for name, (h, w) in {"square": (s, s), "small": (s // 2 // p * p, s // 2 // p * p),
                         "wide": (s - p, s + 3 * p), "large": (2 * s + p, 2 * s + p)}.items():
        x = torch.randn(2, 3, h, w)
        outputs, weights = vit.layers(x)
        tensors.update({f"{name}.image_nchw": x, f"{name}.cls": vit(x), f"{name}.last_attention": weights,
                        f"{name}.intermediate_0": vit.norm(outputs[-2]),
                        f"{name}.intermediate_1": vit.norm(outputs[-1]), f"{name}.pos_embed": vit.positions(x)})
    write(args.out / "vit_forward.safetensors", tensors, vars(args))


def by_formula(net, c0):
    tensors = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    for t, (name, tensor) in enumerate(tensors.items()):
        wave = np.sin(c0 * np.arange(tensor.numel(), dtype=np.float64) ** 2 + t)
        if name in ("cls_token", "pos_embed"):
            wave = 0.5 * wave
        elif tensor.ndim > 1:
            wave = 1.6 / math.sqrt(tensor.numel() / len(tensor)) * wave
        elif name.endswith(("weight", "running_var")):
            wave = 1 + 0.2 * wave
        else:
            wave = 0.1 * wave
        tensor.copy_(torch.from_numpy(wave.reshape(tensor.shape)))


@torch.no_grad()
def architecture(args, name, sizes, c0):
    if name.startswith("resnet"):
        net = getattr(torchvision.models, name)()
        net.fc = nn.Identity()
    else:
        dim, heads = {"tiny": (192, 3), "small": (384, 6), "base": (768, 12)}[name.split("_")[1]]
        net = VisionTransformer(int(name.split("_")[2]), dim, 12, heads, 224)
    by_formula(net, c0)
    tensors = {}
    for h, w in sizes:
        x, key = torch.randn(2, 3, h, w), f"{h}x{w}"
        tensors.update({f"{key}.image_nchw": x, f"{key}.features_eval": net.eval()(x)})
        if name.startswith("resnet"):
            tensors[f"{key}.features_train"] = net.train()(x)
            by_formula(net, c0)
        else:
            tensors[f"{key}.cls_attention"] = net.layers(x)[1][:, :, 0]
    write(args.out / f"{name}.safetensors", tensors, {"c0": c0, "formula": FORMULA})


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--name", default="adamw", help="of the file: train_NAME.safetensors")
    parser.add_argument("--optimizer", default="adamw", choices=["adamw", "sgd", "lars"])
    for key, value in dict(embed_dim=48, depth=3, num_heads=3, patch_size=8, image_size=32, local_size=16,
                           out_dim=96, hidden_dim=64, bottleneck_dim=32, batch=4, local_crops=4, seed=11,
                           epochs=4, steps_per_epoch=2, warmup_epochs=1, freeze_last_layer=1).items():
        parser.add_argument("--" + key, type=int, default=value)
    for key, value in dict(clip_grad=3.0, student_temp=0.1, center_momentum=0.9, lr=0.004).items():
        parser.add_argument("--" + key, type=float, default=value)
    parser.add_argument("--use_bn_in_head", action="store_true")
    parser.add_argument("--free_last_layer", dest="norm_last_layer", action="store_false")
    parser.add_argument("--architectures", nargs="*", default=[], help="also these, e.g. vit_tiny_8 resnet18")
    return parser.parse_args()


def main():
    args = arguments()
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    architectures = vars(args).pop("architectures")
    train(args)
    vit_forward(args)
    for name in architectures:
        architecture(args, name, [(96, 96)] if name.startswith("resnet") else [(96, 96), (64, 112)], 0.17)


if __name__ == "__main__":
    main()
