// Attention, colors and likeness of patches of one picture.

// Unpacks what a picture's script brought.
dino.readDetail = function (json) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    const detail = Object.assign({}, json, {
      image,
      attention: dino.unpack(json.attention, Uint16Array),
      colors: json.colors && dino.unpack(json.colors, Uint8Array),
      tokens: json.tokens && dino.unpack(json.tokens, Int8Array),
    });
    image.onload = () => resolve(detail);
    image.onerror = () => reject(new Error('the picture cannot be shown'));
    image.src = json.picture;
  });
};

// The fewest patches that hold a share of the attention (Caron et al. 2021, figure 4).
dino.mask = function (map, share) {
  const order = d3.range(map.length).sort((a, b) => map[b] - map[a]);
  const needed = d3.sum(map) * (share - 1e-6);
  const kept = new Uint8Array(map.length);
  let held = 0;
  for (const patch of order) {
    if (held >= needed) {
      break;
    }
    kept[patch] = 1;
    held += map[patch];
  }
  return kept;
};

// Attention of a head, or the mean of all for head -1: each by its share of the whole.
dino.attentionOf = function (detail, head) {
  const patches = detail.rows * detail.columns;
  const shares = (h) => {
    const map = Array.from(detail.attention.subarray(h * patches, (h + 1) * patches));
    const sum = d3.sum(map) || 1;
    return map.map((value) => value / sum);
  };
  if (head >= 0) {
    return shares(head);
  }
  const all = d3.range(detail.heads).map(shares);
  return d3.range(patches).map((patch) => d3.mean(all, (map) => map[patch]));
};

// Cosines of one patch's short token with all patches of a picture.
dino.likeness = function (detail, token) {
  const d = detail.dimensions;
  const norm = Math.hypot(...token) || 1;
  return d3.range(detail.rows * detail.columns).map((patch) => {
    let dot = 0;
    let squares = 0;
    for (let i = 0; i < d; i++) {
      const value = detail.tokens[patch * d + i];
      dot += value * token[i];
      squares += value * value;
    }
    return dot / (norm * Math.sqrt(squares) || 1);
  });
};

dino.tokenOf = (detail, patch) =>
  detail.tokens.slice(patch * detail.dimensions, (patch + 1) * detail.dimensions);

// Draws the picture and one color a patch over it.
dino.drawPatches = function (canvas, detail, colorOf) {
  const scale = Math.max(1, Math.round(220 / detail.rows));
  canvas.width = scale * detail.columns;
  canvas.height = scale * detail.rows;
  const context = canvas.getContext('2d');
  context.drawImage(detail.image, 0, 0, canvas.width, canvas.height);
  for (let patch = 0; patch < detail.rows * detail.columns; patch++) {
    const color = colorOf(patch);
    if (color) {
      context.fillStyle = color;
      context.fillRect((patch % detail.columns) * scale, Math.floor(patch / detail.columns) * scale, scale, scale);
    }
  }
};

dino.drawMask = function (canvas, detail, map, share) {
  const kept = dino.mask(map, share);
  dino.drawPatches(canvas, detail, (patch) => (kept[patch] ? null : 'rgba(15,18,38,.78)'));
  canvas.dataset.kept = d3.sum(kept);
};

dino.drawHeat = function (canvas, detail, map, least, most) {
  dino.drawPatches(canvas, detail, (patch) => {
    const color = d3.color(d3.interpolateInferno((map[patch] - least) / (most - least || 1)));
    return color.copy({opacity: 0.82}).toString();
  });
};

dino.figure = function (caption, className) {
  const canvas = dino.element('canvas', {className: className || ''});
  const text = dino.element('figcaption', {textContent: caption});
  return {canvas, text, node: dino.element('figure', {}, canvas, text)};
};

// The part of the panel on attention: a mask for each head, and a slider.
dino.attentionPart = function (detail) {
  const slider = dino.element('input', {type: 'range', min: 5, max: 100, value: 60, id: 'share'});
  slider.setAttribute('aria-label', 'share of the attention that is shown');
  const value = dino.element('output');
  const grid = dino.element('div', {className: 'grid', id: 'attention'});
  const maps = d3.range(-1, detail.heads).map((head) => {
    const figure = dino.figure(head < 0 ? 'mean' : 'head ' + (head + 1));
    figure.canvas.dataset.head = head;
    grid.append(figure.node);
    return {map: dino.attentionOf(detail, head), figure};
  });
  const heat = dino.element('input', {type: 'checkbox'});
  const draw = () => {
    value.textContent = slider.value + ' %';
    for (const {map, figure} of maps) {
      if (heat.checked) {
        dino.drawHeat(figure.canvas, detail, map, d3.min(map), d3.max(map));
      } else {
        dino.drawMask(figure.canvas, detail, map, slider.value / 100);
      }
    }
  };
  slider.oninput = draw;
  heat.onchange = draw;
  draw();
  return dino.element('div', {},
    dino.element('h3', {textContent: 'Where it looks: the fewest patches that hold so much of the attention'}),
    dino.element('div', {className: 'slider'}, slider, value, dino.element('label', {}, heat, ' heat')), grid);
};

// The part on colors and likeness. others(token, show): likest patches elsewhere, told to show(list of nodes).
dino.patchPart = function (detail, others) {
  const colors = dino.figure('principal components: one part, one color');
  dino.drawPatches(colors.canvas, detail, (patch) =>
    `rgb(${detail.colors[3 * patch]},${detail.colors[3 * patch + 1]},${detail.colors[3 * patch + 2]})`);
  colors.canvas.id = 'colors';
  const like = dino.figure('click a patch: which are like it', 'pick');
  like.canvas.id = 'likeness';
  like.canvas.tabIndex = 0;
  const found = dino.element('div', {className: 'grid', id: 'alike'});
  const choose = (patch) => {
    const map = dino.likeness(detail, dino.tokenOf(detail, patch));
    dino.drawHeat(like.canvas, detail, map, 0, 1);
    const scale = like.canvas.width / detail.columns;
    const context = like.canvas.getContext('2d');
    context.strokeStyle = '#fff';
    context.lineWidth = 2;
    context.strokeRect((patch % detail.columns) * scale, Math.floor(patch / detail.columns) * scale, scale, scale);
    like.canvas.dataset.patch = patch;
    if (others) {
      others(dino.tokenOf(detail, patch), (nodes) => found.replaceChildren(...nodes));
    }
  };
  dino.drawPatches(like.canvas, detail, () => null);
  like.canvas.onclick = (event) => {
    const box = like.canvas.getBoundingClientRect();
    const column = Math.floor(((event.clientX - box.left) / box.width) * detail.columns);
    const row = Math.floor(((event.clientY - box.top) / box.height) * detail.rows);
    choose(Math.max(0, Math.min(detail.rows - 1, row)) * detail.columns + Math.max(0, Math.min(detail.columns - 1, column)));
  };
  like.canvas.onkeydown = (event) => {
    const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -detail.columns, ArrowDown: detail.columns}[event.key];
    if (step) {
      const last = detail.rows * detail.columns - 1;
      choose(Math.max(0, Math.min(last, Number(like.canvas.dataset.patch || 0) + step)));
      event.preventDefault();
    }
  };
  return dino.element('div', {}, dino.element('h3', {textContent: 'Parts'}),
    dino.element('div', {className: 'grid'}, colors.node, like.node), found);
};
