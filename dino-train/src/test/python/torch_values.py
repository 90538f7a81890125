"""Writes torch_values*.pth: the values that TorchFileTest expects, in several formats."""
import argparse, collections, pathlib, sys
import numpy as np, torch

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)
values = {
    "f64": torch.tensor([1.5, -2.25, 1e300], dtype=torch.float64),
    "f32": base,
    "f16": torch.tensor([1.0, -0.5, 65504.0, 6e-8, float("inf"), float("nan")], dtype=torch.float16),
    "bf16": torch.tensor([1.0, -0.5, 3.0e38], dtype=torch.bfloat16),
    "i64": torch.tensor([2**62 + 1, -1]),
    "i32": torch.tensor([-7, 2**31 - 1], dtype=torch.int32),
    "i16": torch.tensor([-7, 300], dtype=torch.int16),
    "i8": torch.tensor([-7, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "scalar": torch.tensor(8.0),
    "empty": torch.zeros(0, 3),
    "transposed": base[0].t(),
    "permuted": base.permute(2, 0, 1),
    "every_second": base.reshape(-1)[1::2],
    "row": base[1, 2],
    "parameter": torch.nn.Parameter(torch.tensor([3.0])),
    "containers": {"list": [1, -2, 70000, 2**40, 2**80], "tuple": (1.5, None), "set": {"a", "b"},
                   "frozenset": frozenset([3]), "text": "ümläut", "bytes": b"\x00\xff",
                   "flags": [True, False], "ordered": collections.OrderedDict(a=1, b=2), 7: "number"},
    "args": argparse.Namespace(arch="vit_small", lr=5e-4, scale=(0.4, 1.0), data=pathlib.PosixPath("/data/images"),
                               device=torch.device("cuda", 0), dtype=torch.float16, size=torch.Size([1, 2])),
    "numpy": [np.float64(0.25), np.float32(0.5), np.int64(-3), np.bool_(True)],
}
torch.save(values, "torch_values.pth")
torch.save(values, "torch_values_protocol4.pth", pickle_protocol=4)
torch.save(values, "torch_values_legacy.pth", _use_new_zipfile_serialization=False)
torch.save(torch.nn.Linear(2, 3), "torch_module.pth")
