// Arrays as the page's data holds them: little-endian, in base64.
dino.unpack = function (text, Type) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Type(bytes.buffer);
};

// A new element: properties, then children.
dino.element = function (name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

// Ten colors that are told apart in light and dark, and more by turning the hue.
dino.color = function (index) {
  return index < 10 ? d3.schemeTableau10[index] : d3.hsl((index * 137.5) % 360, 0.55, 0.55).formatHex();
};

dino.shortName = (name) => name.slice(name.lastIndexOf('/') + 1);
