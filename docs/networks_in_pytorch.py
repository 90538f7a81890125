"""The published networks in PyTorch, with the published names of parameters; for weights_in_pytorch.py.

Written from the published code (facebookresearch/dino, xcit, dinov2, dinov3; torchvision): forward
passes in evaluation mode, from normalized pictures [B, 3, H, W] to features [B, D].
"""
import math
import torch
from torch import nn
import torch.nn.functional as F

# ------------------------------------------------------------------- Vision Transformers


def rotated(x, sin, cos):
    first, second = x.chunk(2, -1)
    return x * cos + torch.cat([-second, first], -1) * sin


class Qkv(nn.Linear):
    """A linear layer whose bias may have a mask, as DINOv3's, which has no key bias."""

    def __init__(self, dim, bias, masked):
        super().__init__(dim, 3 * dim, bias)
        if masked:
            self.register_buffer("bias_mask", torch.ones(3 * dim))

    def forward(self, x):
        bias = self.bias * self.bias_mask if hasattr(self, "bias_mask") else self.bias
        return F.linear(x, self.weight, bias)


class Attention(nn.Module):
    def __init__(self, dim, heads, bias=True, masked=False):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, Qkv(dim, bias, masked), nn.Linear(dim, dim)

    def forward(self, x, rope, prefix):
        b, t, d = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        if rope is not None:  # positions turn patches, not the tokens before them
            q, k = (torch.cat([u[:, :, :prefix], rotated(u[:, :, prefix:], *rope)], 2) for u in (q, k))
        weights = (q @ k.transpose(-2, -1) / math.sqrt(d // self.heads)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, t, d))


class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(dim, hidden), nn.Linear(hidden, dim)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Swiglu(nn.Module):
    """DINOv3's."""

    def __init__(self, dim, hidden):
        super().__init__()
        self.w1, self.w2 = nn.Linear(dim, hidden), nn.Linear(dim, hidden)
        self.w3 = nn.Linear(hidden, dim)

    def forward(self, x):
        return self.w3(F.silu(self.w1(x)) * self.w2(x))


class SwigluFused(nn.Module):
    """DINOv2's ViT-g."""

    def __init__(self, dim, hidden):
        super().__init__()
        self.w12, self.w3 = nn.Linear(dim, 2 * hidden), nn.Linear(hidden, dim)

    def forward(self, x):
        gate, value = self.w12(x).chunk(2, -1)
        return self.w3(F.silu(gate) * value)


class LayerScale(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, dim, heads, ffn, hidden, scaled, bias, masked, eps):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=eps), Attention(dim, heads, bias, masked)
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=eps), ffn(dim, hidden)
        self.ls1, self.ls2 = (LayerScale(dim) if scaled else nn.Identity() for _ in range(2))

    def forward(self, x, rope, prefix):
        x = x + self.ls1(self.attn(self.norm1(x), rope, prefix))
        return x + self.ls2(self.mlp(self.norm2(x)))


class PatchEmbed(nn.Module):
    def __init__(self, patch, dim):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, patch, patch)


class Rope(nn.Module):
    """DINOv3's positions by stored periods."""

    def __init__(self, periods):
        super().__init__()
        self.register_buffer("periods", 100 ** (torch.arange(periods) / periods))

    def forward(self, h, w):
        y, x = (2 * (torch.arange(n) + 0.5) / n - 1 for n in (h, w))
        at = torch.stack(torch.meshgrid(y, x, indexing="ij"), -1).reshape(-1, 2, 1)  # [h·w, 2, 1]
        angles = (2 * math.pi * at / self.periods).flatten(1).tile(2)
        return angles.sin(), angles.cos()


class VisionTransformer(nn.Module):
    """DINO's, iBOT's, DINOv2's and DINOv3's, with the options that the weights show."""

    def __init__(self, patch, dim, depth, heads, ffn=Mlp, hidden=None, grid=0, registers=0, periods=0,
                 scaled=False, bias=True, masked=False, mask_token=False, local_norm=False):
        super().__init__()
        eps = 1e-5 if periods else 1e-6
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.grid, self.prefix = grid, 1 + registers
        if grid:
            self.pos_embed = nn.Parameter(torch.zeros(1, 1 + grid * grid, dim))
        if periods:
            self.rope_embed = Rope(periods)
        if registers:
            self.register_parameter("storage_tokens" if periods else "register_tokens",
                                    nn.Parameter(torch.zeros(1, registers, dim)))
        if mask_token:  # of training with masks; unused here
            self.mask_token = nn.Parameter(torch.zeros(1, dim))
        if local_norm:  # of the class token in local crops; unused here
            self.local_cls_norm = nn.LayerNorm(dim, eps=eps)
        self.patch_embed = PatchEmbed(patch, dim)
        self.blocks = nn.ModuleList(
            Block(dim, heads, ffn, hidden or 4 * dim, scaled, bias, masked, eps) for _ in range(depth))
        self.norm = nn.LayerNorm(dim, eps=eps)

    def positions(self, h, w):
        """[1, 1 + h·w, D]; with registers by the later interpolation, as published."""
        if h == w == self.grid:
            return self.pos_embed
        if self.prefix > 1:
            how = dict(size=(h, w), antialias=True)
        else:
            how = dict(scale_factor=((h + 0.1) / self.grid, (w + 0.1) / self.grid))
        table = self.pos_embed[:, 1:].reshape(1, self.grid, self.grid, -1).permute(0, 3, 1, 2)
        table = F.interpolate(table, mode="bicubic", **how).flatten(2).transpose(1, 2)
        return torch.cat([self.pos_embed[:, :1], table], 1)

    def forward(self, images):
        maps = self.patch_embed.proj(images)
        h, w = maps.shape[-2:]
        x = torch.cat([self.cls_token.expand(len(images), -1, -1), maps.flatten(2).transpose(1, 2)], 1)
        if self.grid:
            x = x + self.positions(h, w)
        if self.prefix > 1:
            tokens = getattr(self, "storage_tokens" if hasattr(self, "rope_embed") else "register_tokens")
            x = torch.cat([x[:, :1], tokens.expand(len(images), -1, -1), x[:, 1:]], 1)
        rope = self.rope_embed(h, w) if hasattr(self, "rope_embed") else None
        for block in self.blocks:
            x = block(x, rope, self.prefix)
        return self.norm(x)[:, 0]


# ------------------------------------------------------------------------------- XCiT


class CrossCovariance(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 4, 1)
        weights = (F.normalize(q, dim=-1) @ F.normalize(k, dim=-1).transpose(-2, -1) * self.temperature)
        return self.proj((weights.softmax(-1) @ v).permute(0, 3, 1, 2).reshape(b, t, d))


class LocalInteraction(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(dim, dim, 3, padding=1, groups=dim) for _ in range(2))
        self.bn = nn.BatchNorm2d(dim)

    def forward(self, x, h, w):
        maps = x.transpose(1, 2).unflatten(2, (h, w))
        return self.conv2(self.bn(F.gelu(self.conv1(maps)))).flatten(2).transpose(1, 2)


class XcitBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(dim, eps=1e-6) for _ in range(3))
        self.gamma1, self.gamma2, self.gamma3 = (nn.Parameter(torch.ones(dim)) for _ in range(3))
        self.attn, self.local_mp = CrossCovariance(dim, heads), LocalInteraction(dim)
        self.mlp = Mlp(dim, 4 * dim)

    def forward(self, x, h, w):
        x = x + self.gamma1 * self.attn(self.norm1(x))
        x = x + self.gamma3 * self.local_mp(self.norm3(x), h, w)
        return x + self.gamma2 * self.mlp(self.norm2(x))


class ClassAttention(nn.Module):
    """Only the class token asks: [B, T, D] to [B, 1, D]."""

    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.qkv, self.proj = heads, nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        b, t, d = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, self.heads, d // self.heads).permute(2, 0, 3, 1, 4)
        weights = (q[:, :, :1] @ k.transpose(-2, -1) / math.sqrt(d // self.heads)).softmax(-1)
        return self.proj((weights @ v).transpose(1, 2).reshape(b, 1, d))


class ClassBlock(nn.Module):
    """With tokens_norm, as all published networks but the nano size."""

    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(dim, eps=1e-6) for _ in range(2))
        self.gamma1, self.gamma2 = (nn.Parameter(torch.ones(dim)) for _ in range(2))
        self.attn, self.mlp = ClassAttention(dim, heads), Mlp(dim, 4 * dim)

    def forward(self, x):
        u = self.norm1(x)
        x = self.norm2(x + self.gamma1 * torch.cat([self.attn(u), u[:, 1:]], 1))
        return x + torch.cat([self.gamma2 * self.mlp(x[:, :1]), x[:, 1:]], 1)


class FourierPositions(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.token_projection = nn.Conv2d(64, dim, 1)

    def forward(self, h, w):
        periods = 10000 ** (2 * (torch.arange(32) // 2) / 32)
        y, x = ((torch.arange(n) + 1) / (n + 1e-6) * 2 * math.pi for n in (h, w))
        waves = [u[:, None] / periods for u in (y, x)]
        y, x = (torch.stack([u[:, 0::2].sin(), u[:, 1::2].cos()], 2).flatten(1) for u in waves)
        table = torch.cat([y[:, None].expand(-1, w, -1), x[None].expand(h, -1, -1)], -1)
        return self.token_projection(table.permute(2, 0, 1)[None])


class ConvPatchEmbed(nn.Module):
    def __init__(self, patch, dim):
        super().__init__()
        widths = [3] + [dim // 2**i for i in reversed(range(int(math.log2(patch))))]
        layers = []
        for before, after in zip(widths, widths[1:]):
            convolution = nn.Conv2d(before, after, 3, 2, 1, bias=False)
            layers += [nn.Sequential(convolution, nn.BatchNorm2d(after)), nn.GELU()]
        self.proj = nn.Sequential(*layers[:-1])


class Xcit(nn.Module):
    def __init__(self, patch, dim, depth, heads):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.patch_embed, self.pos_embeder = ConvPatchEmbed(patch, dim), FourierPositions(dim)
        self.blocks = nn.ModuleList(XcitBlock(dim, heads) for _ in range(depth))
        self.cls_attn_blocks = nn.ModuleList(ClassBlock(dim, heads) for _ in range(2))
        self.norm = nn.LayerNorm(dim, eps=1e-6)

    def forward(self, images):
        maps = self.patch_embed.proj(images)
        h, w = maps.shape[-2:]
        x = (maps + self.pos_embeder(h, w)).flatten(2).transpose(1, 2)
        for block in self.blocks:
            x = block(x, h, w)
        x = torch.cat([self.cls_token.expand(len(images), -1, -1), x], 1)
        for block in self.cls_attn_blocks:
            x = block(x)
        return self.norm(x)[:, 0]


# ------------------------------------------------------------------ convolutional networks


class ChannelNorm(nn.LayerNorm):
    """A layer norm of channels, [B, C, H, W]."""

    def forward(self, x):
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class ConvNextBlock(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dwconv, self.norm = nn.Conv2d(dim, dim, 7, padding=3, groups=dim), nn.LayerNorm(dim, eps=1e-6)
        self.pwconv1, self.pwconv2 = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        y = self.norm(self.dwconv(x).permute(0, 2, 3, 1))
        return x + (self.gamma * self.pwconv2(F.gelu(self.pwconv1(y)))).permute(0, 3, 1, 2)


class ConvNext(nn.Module):
    """DINOv3's, whose state_dict holds the final norm twice."""

    def __init__(self, depths, dims):
        super().__init__()
        stem = nn.Sequential(nn.Conv2d(3, dims[0], 4, 4), ChannelNorm(dims[0], eps=1e-6))
        self.downsample_layers = nn.ModuleList([stem] + [
            nn.Sequential(ChannelNorm(before, eps=1e-6), nn.Conv2d(before, after, 2, 2))
            for before, after in zip(dims, dims[1:])])
        self.stages = nn.ModuleList(
            nn.Sequential(*(ConvNextBlock(dim) for _ in range(depth))) for depth, dim in zip(depths, dims))
        self.norm = nn.LayerNorm(dims[-1], eps=1e-6)
        self.norms = nn.ModuleList([nn.Identity() for _ in range(3)] + [self.norm])

    def forward(self, x):
        for reduce, stage in zip(self.downsample_layers, self.stages):
            x = stage(reduce(x))
        return self.norm(x.mean((2, 3)))


class Bottleneck(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, width, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2, self.bn3 = nn.BatchNorm2d(width), nn.BatchNorm2d(4 * width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        if before != 4 * width:
            self.downsample = nn.Sequential(
                nn.Conv2d(before, 4 * width, 1, stride, bias=False), nn.BatchNorm2d(4 * width))

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (self.downsample(x) if hasattr(self, "downsample") else x))


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        before = 64
        for stage, depth in enumerate([3, 4, 6, 3]):
            width, blocks = 64 << stage, []
            for i in range(depth):
                blocks.append(Bottleneck(before, width, 2 if stage > 0 and i == 0 else 1))
                before = 4 * width
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.mean((2, 3))


class Head(nn.Module):
    """DINO's projection head; loaded, and not compared."""

    def __init__(self, dim, hidden, bottleneck, out):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(dim, hidden), nn.GELU(), nn.Linear(hidden, hidden),
                                 nn.GELU(), nn.Linear(hidden, bottleneck))
        self.last_layer = nn.utils.weight_norm(nn.Linear(bottleneck, out, bias=False))
