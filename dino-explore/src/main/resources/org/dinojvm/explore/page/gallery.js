// Pictures under headings.
document.getElementById('about').textContent = dino.data.shown < dino.data.all
  ? `the first ${dino.data.shown} of ${dino.data.all} pictures; the list has all` : `${dino.data.all} pictures`;
dino.data.sections.forEach((section) => {
  const grid = dino.element('div', {className: 'grid'});
  section.items.forEach((item) => {
    const image = dino.element('img', {src: item.picture, alt: item.name, width: dino.data.side, height: dino.data.side});
    grid.append(dino.element('figure', {title: item.name}, image,
      dino.element('figcaption', {textContent: item.note || dino.shortName(item.name)})));
  });
  document.getElementById('sections').append(
    dino.element('section', {}, dino.element('h2', {textContent: section.title}), grid));
});
