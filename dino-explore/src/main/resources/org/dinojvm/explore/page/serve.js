// A picture goes to the server; neighbours, attention and patches come back.
(function () {
  const byId = (id) => document.getElementById(id);
  const result = byId('result');
  byId('about').textContent = `${dino.data.arch}, ${dino.data.dimensions} features; `
    + (dino.data.indexed > 0 ? `${dino.data.indexed.toLocaleString()} pictures in the index` : 'no index: start with --index to see neighbours');

  async function answer(response) {
    if (!response.ok) {
      throw new Error((await response.text()).trim());
    }
    return response.json();
  }

  function say(text, isError) {
    byId('status').textContent = text;
    byId('status').className = isError ? 'error' : '';
  }

  async function look(request) {
    say('looking …');
    result.replaceChildren();
    try {
      const found = await request;
      say('');
      await show(found);
    } catch (error) {
      say(error.message, true);
    }
  }

  const detailOf = (number) => fetch('detail/' + number).then(answer).then(dino.readDetail);

  async function show(found) {
    if (found.neighbours.length > 0) {
      const strip = dino.element('div', {className: 'strip', id: 'neighbours'});
      found.neighbours.forEach((each) => {
        const button = dino.element('button', {type: 'button', title: each.name},
          dino.element('img', {src: 'thumbnail/' + each.number, width: 96, height: 96, alt: each.name}),
          dino.element('br'), `${each.similarity.toFixed(3)} ${each.className}`);
        button.dataset.name = each.name;
        strip.append(button);
      });
      result.append(dino.element('h3', {textContent: 'Nearest neighbours, by cosine'}), strip);
    }
    if (found.detail) {
      const detail = await dino.readDetail(found.detail);
      if (detail.heads > 0) {
        result.append(dino.attentionPart(detail));
      }
      if (detail.tokens) {
        let search = 0;
        result.append(dino.patchPart(detail, async (token, showNodes) => {
          const mine = ++search;
          const nodes = [];
          for (const each of found.neighbours) {
            const other = await detailOf(each.number).catch(() => null);
            if (mine !== search) {
              return;
            }
            if (other) {
              const map = dino.likeness(other, token);
              const figure = dino.figure(`${dino.shortName(each.name)} ${d3.max(map).toFixed(2)}`);
              dino.drawHeat(figure.canvas, other, map, 0, 1);
              nodes.push(figure.node);
              showNodes(nodes);
            }
          }
        }));
      }
    }
  }

  function send(file) {
    if (file.size > dino.data.megabytes * 1048576) {
      say(`the file is larger than ${dino.data.megabytes} MB`, true);
    } else {
      look(fetch('look', {method: 'POST', body: file}).then(answer));
    }
  }

  byId('file').onchange = (event) => event.target.files[0] && send(event.target.files[0]);
  const drop = byId('drop');
  document.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  document.addEventListener('dragleave', () => drop.classList.remove('over'));
  document.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer.files.length > 0) {
      send(event.dataTransfer.files[0]);
    }
  });
})();
