// The report: a map, a panel, tables and curves.
(function () {
  const data = dino.data;
  const places = dino.unpack(data.places, Float32Array);
  const labels = dino.unpack(data.labels, Uint16Array);
  const clusters = dino.unpack(data.clusters, Uint16Array);
  const neighbours = dino.unpack(data.neighbours, Int32Array);
  const similarities = dino.unpack(data.similarities, Float32Array);
  const withDetails = new Set(data.details);
  const byId = (id) => document.getElementById(id);
  const panel = byId('panel');
  const noClass = 65535;
  const hidden = new Set();
  let filter = '';

  byId('about').textContent = `${data.count.toLocaleString()} pictures of ${data.root}, seen by ${data.model.arch}: `
    + `${data.model.dimensions} features`;

  // Colors: by class if there are any, else by cluster.
  const kinds = [];
  if (data.classes.length > 0) {
    kinds.push({name: 'class', of: labels, names: data.classes});
  }
  kinds.push({name: 'cluster', of: clusters, names: data.medoids.map((i) => 'like ' + dino.shortName(data.names[i]))});
  let kind = kinds[0];
  kinds.forEach((each) => byId('color').append(dino.element('option', {textContent: each.name})));
  byId('color').onchange = (event) => {
    kind = kinds[event.target.selectedIndex];
    hidden.clear();
    legend();
    map.draw();
  };
  const colorOf = (i) => (kind.of[i] === noClass ? '#8888' : dino.color(kind.of[i]));
  const className = (i) => (labels[i] === noClass ? '' : data.classes[labels[i]] || '');

  function legend() {
    byId('legend').replaceChildren(...kind.names.map((name, index) => {
      const dot = dino.element('i');
      dot.style.background = dino.color(index);
      const button = dino.element('button', {type: 'button'}, dot, name);
      button.setAttribute('aria-pressed', 'true');
      button.onclick = () => {
        hidden.has(index) ? hidden.delete(index) : hidden.add(index);
        button.setAttribute('aria-pressed', String(!hidden.has(index)));
        map.draw();
      };
      return button;
    }));
  }

  // Sprites, the ones used last; each takes 4 MB of the browser's memory.
  const sheets = new Map();
  const mostSheets = 48;
  const perSheet = data.sprites.columns * data.sprites.columns;
  const sheetName = (i) => `sprites/${String(Math.floor(i / perSheet)).padStart(4, '0')}.jpg`;
  function sprite(i) {
    const name = sheetName(i);
    let image = sheets.get(name);
    sheets.delete(name);
    if (!image) {
      image = new Image();
      image.onload = () => map.draw();
      image.src = name;
    }
    sheets.set(name, image);
    if (sheets.size > mostSheets) {
      sheets.delete(sheets.keys().next().value);
    }
    const {side, columns} = data.sprites;
    const inSheet = i % perSheet;
    return image.complete && image.naturalWidth > 0
      ? {image, side, x: (inSheet % columns) * side, y: Math.floor(inSheet / columns) * side} : null;
  }
  function thumbnail(i, side) {
    const made = dino.element('span', {className: 'thumb'});
    const columns = data.sprites.columns;
    const inSheet = i % perSheet;
    made.style.cssText = `width:${side}px;height:${side}px;background-image:url("${sheetName(i)}");`
      + `background-size:${columns * side}px auto;`
      + `background-position:-${(inSheet % columns) * side}px -${Math.floor(inSheet / columns) * side}px`;
    return made;
  }

  // Details, a script a picture; few are kept.
  const details = new Map();
  const waiting = new Map();
  dino.detail = (i, json) => waiting.get(i)?.(json);
  function detail(i) {
    if (!details.has(i)) {
      details.set(i, new Promise((resolve, reject) => {
        waiting.set(i, (json) => dino.readDetail(json).then(resolve, reject));
        const script = dino.element('script', {src: `details/${i}.js`});
        script.onerror = () => reject(new Error(`details/${i}.js is missing`));
        script.onload = () => script.remove();
        document.head.append(script);
      }));
    }
    return details.get(i);
  }

  // The likest patch of each other picture that has details.
  let search = 0;
  async function others(selected, token, show) {
    const mine = ++search;
    const best = [];
    let looked = 0;
    for (const i of data.details) {
      if (i !== selected) {
        const other = await detail(i);
        if (mine !== search) {
          return;
        }
        const map = dino.likeness(other, token);
        best.push({i, other, map, most: d3.max(map)});
      }
      if (++looked % 50 === 0 || looked === data.details.length) {
        best.sort((a, b) => b.most - a.most).splice(12);
        show(best.map((each) => {
          const figure = dino.figure(`${className(each.i) || dino.shortName(data.names[each.i])} ${each.most.toFixed(2)}`);
          dino.drawHeat(figure.canvas, each.other, each.map, 0, 1);
          figure.node.onclick = () => select(each.i);
          return figure.node;
        }));
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
  }

  function neighboursOf(i) {
    const n = data.neighbourCount;
    return d3.range(n).map((k) => ({i: neighbours[i * n + k], similarity: similarities[i * n + k]}));
  }

  function select(i) {
    search++;
    const near = neighboursOf(i);
    map.select(i, near.map((each) => each.i));
    panel.dataset.selected = i;
    history.replaceState(null, '', '#picture=' + i); // a link to it
    const strip = dino.element('div', {className: 'strip', id: 'neighbours'});
    near.forEach((each) => {
      const button = dino.element('button', {type: 'button', title: data.names[each.i]},
        thumbnail(each.i, 56), dino.element('br'), each.similarity.toFixed(3));
      button.dataset.picture = each.i;
      if (labels[i] !== noClass) {
        button.classList.add(labels[each.i] === labels[i] ? 'same' : 'other');
      }
      button.onclick = () => select(each.i);
      strip.append(button);
    });
    panel.replaceChildren(
      dino.element('div', {className: 'head'}, thumbnail(i, 96),
        dino.element('div', {}, dino.element('b', {textContent: className(i)}), dino.element('br'),
          dino.element('small', {textContent: data.names[i]}))),
      dino.element('h3', {textContent: 'Nearest neighbours, by cosine'}), strip);
    panel.scrollTop = 0;
    if (withDetails.has(i)) {
      detail(i).then((own) => {
        if (panel.dataset.selected === String(i)) {
          if (own.heads > 0) {
            panel.append(dino.attentionPart(own));
          }
          if (own.tokens) {
            panel.append(dino.patchPart(own, (token, show) => others(i, token, show)));
          }
        }
      }, (error) => panel.append(dino.element('p', {className: 'error', textContent: error.message})));
    } else if (data.details.length > 0) {
      panel.append(dino.element('p', {className: 'empty', textContent:
        `Attention and patches are kept for ${data.details.length} pictures; --details keeps more.`}));
    }
  }

  const hover = byId('hover');
  const map = dino.map = new dino.PictureMap({
    canvas: byId('map'),
    places,
    colorOf,
    sprite,
    shown: (i) => !hidden.has(kind.of[i]) && (filter === '' || data.names[i].toLowerCase().includes(filter)),
    onSelect: select,
    onHover: (i, x, y) => {
      hover.hidden = i < 0;
      if (i >= 0 && hover.dataset.picture !== String(i)) {
        hover.dataset.picture = i;
        hover.replaceChildren(thumbnail(i, 128), dino.element('div', {textContent: className(i)}),
          dino.element('small', {textContent: data.names[i]}));
      }
      hover.style.left = Math.min(x + 14, map.width - 170) + 'px';
      hover.style.top = (y > map.height / 2 ? y - 190 : y + 14) + 'px';
    },
  });
  legend();
  const linked = /^#picture=(\d+)$/.exec(location.hash);
  if (linked && Number(linked[1]) < data.count) {
    select(Number(linked[1]));
  }
  byId('home').onclick = () => map.home();
  byId('find').oninput = (event) => {
    filter = event.target.value.trim().toLowerCase();
    map.draw();
  };
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      search++;
      delete panel.dataset.selected;
      panel.replaceChildren(dino.element('p', {className: 'empty', textContent: 'Choose a picture on the map.'}));
      map.select(-1, []);
    }
  });

  // Tables and curves.
  const results = byId('results');
  data.tables.forEach((table) => {
    const rows = Object.entries(table.numbers).map(([name, value]) => dino.element('tr', {},
      dino.element('td', {textContent: name.replaceAll('_', ' ')}),
      dino.element('td', {className: 'number', textContent: Number(value.toPrecision(5))})));
    results.hidden = false;
    results.querySelector('.tables').append(
      dino.element('table', {}, dino.element('caption', {textContent: table.title}), ...rows));
  });
  if (data.run) {
    byId('training').hidden = false;
    byId('settings').textContent = data.run.settings;
    byId('warnings').append(...(data.run.warnings.length > 0
      ? data.run.warnings.map((each) => dino.element('p', {className: 'warning', textContent: `step ${each.step}: ${each.message}`}))
      : [dino.element('p', {textContent: 'No warnings of the run’s health.'})]));
    const curves = () => {
      byId('curves').replaceChildren();
      dino.curves(byId('curves'), data.run);
    };
    curves();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', curves);
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => map.draw());
})();
