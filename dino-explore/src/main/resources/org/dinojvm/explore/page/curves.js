// Curves of training, one small chart a number, with one cursor.
dino.curves = function (target, run) {
  const style = getComputedStyle(document.body);
  const numbers = new Map();
  const add = (name, step, value) => {
    if (typeof value === 'number' && Number.isFinite(value)) {
      (numbers.get(name) || numbers.set(name, []).get(name)).push([step, value]);
    }
  };
  for (const line of run.log) {
    for (const [name, value] of Object.entries(line)) {
      if (name !== 'step' && name !== 'epoch') {
        add(name, line.step, value);
      }
    }
  }
  for (const line of run.evaluations) {
    const step = line.step ?? Number(/\d+$/.exec(line.checkpoint || '')?.[0]);
    for (const [name, value] of Object.entries(line.numbers || {})) {
      add(line.evaluation + ' ' + name, step, value);
    }
  }
  for (const [name, points] of numbers) {
    const box = dino.element('div', {className: 'chart'}, dino.element('h3', {textContent: name.replaceAll('_', ' ')}));
    box.dataset.metric = name;
    target.append(box);
    points.sort((a, b) => a[0] - b[0]);
    const axis = {stroke: style.color, grid: {stroke: style.getPropertyValue('--line')}, size: 58};
    new uPlot({
      width: box.clientWidth - 18,
      height: 150,
      cursor: {sync: {key: 'run'}},
      scales: {x: {time: false}},
      axes: [{...axis, size: 30}, axis],
      series: [{label: 'step'}, {label: 'value', stroke: style.getPropertyValue('--accent'), width: 1.5, points: {show: points.length < 30}}],
    }, [points.map((p) => p[0]), points.map((p) => p[1])], box);
  }
};
