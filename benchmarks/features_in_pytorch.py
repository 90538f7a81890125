"""Pictures per second from a folder of JPEGs to features, in PyTorch: Pillow in worker processes, then the network in batches of 64.

Usage: features_in_pytorch.py FILE.safetensors FOLDER TIMES [WORKERS]      (needs Debian's python3-torch, python3-numpy and python3-pil)

FILE is what 'dino export --safetensors FILE' wrote; the folder is read TIMES times over. The clock runs from the first file to the last
feature: what 'dino features' takes longer for twice as many pictures is to be compared with it.
"""
import pathlib, sys, time
import numpy as np, torch
from PIL import Image

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "docs"))
from weights_in_pytorch import load, read_safetensors

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


class Pictures(torch.utils.data.Dataset):
    def __init__(self, files): self.files = files
    def __len__(self): return len(self.files)
    def __getitem__(self, i):
        image = Image.open(self.files[i]).convert("RGB")
        scale = 256 / min(image.size)
        image = image.resize([round(side * scale) for side in image.size], Image.BICUBIC)
        left, top = (image.width - 224) // 2, (image.height - 224) // 2
        pixels = np.asarray(image.crop((left, top, left + 224, top + 224)))
        return ((torch.from_numpy(pixels.copy()) / 255 - MEAN) / STD).permute(2, 0, 1)


weights, folder, times = sys.argv[1:4]
state, _ = read_safetensors(weights)
network = load(state, 6).eval()
files = sorted(pathlib.Path(folder).rglob("*.jpg")) * int(times)
start = time.time()
with torch.inference_mode():
    features = [network(batch) for batch in torch.utils.data.DataLoader(
        Pictures(files), 64, num_workers=int(sys.argv[4]) if len(sys.argv) > 4 else 2)]
seconds = time.time() - start
print(f"{len(files)} pictures, {tuple(torch.cat(features).shape)}: {seconds:.1f} s, {len(files) / seconds:.1f} images/s")
