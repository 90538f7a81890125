// The map: dots from afar, thumbnails as soon as there is room for them.
dino.PictureMap = class {
  // options: canvas, places (2 numbers a picture, 0 to 1), colorOf(i), sprite(i) -> {image, x, y, side} or null,
  // shown(i), onHover(i or -1, x, y), onSelect(i)
  constructor(options) {
    Object.assign(this, options);
    this.context = this.canvas.getContext('2d');
    this.count = this.places.length / 2;
    this.transform = d3.zoomIdentity;
    this.selected = -1;
    this.marked = [];
    this.tree = d3.quadtree(d3.range(this.count), (i) => this.places[2 * i], (i) => this.places[2 * i + 1]);
    this.zoom = d3.zoom().scaleExtent([0.5, 4000]).on('zoom', (event) => {
      this.transform = event.transform;
      this.draw();
    });
    d3.select(this.canvas).call(this.zoom).on('dblclick.zoom', null);
    this.canvas.addEventListener('pointermove', (event) => this.hover(event));
    this.canvas.addEventListener('pointerleave', () => this.onHover(-1));
    this.canvas.addEventListener('click', (event) => this.click(event));
    this.canvas.addEventListener('keydown', (event) => this.key(event));
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    this.resize();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = this.width * ratio;
    this.canvas.height = this.height * ratio;
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.draw();
  }

  // Pixels of the whole map's side, before zooming.
  get extent() { return 0.9 * Math.min(this.width, this.height); }

  x(i) { return this.transform.applyX((this.places[2 * i] - 0.5) * this.extent + this.width / 2); }

  y(i) { return this.transform.applyY((this.places[2 * i + 1] - 0.5) * this.extent + this.height / 2); }

  // Where on the map a point of the screen is.
  place(x, y) {
    return [(this.transform.invertX(x) - this.width / 2) / this.extent + 0.5,
      (this.transform.invertY(y) - this.height / 2) / this.extent + 0.5];
  }

  // Pictures on the screen.
  visible() {
    const [left, top] = this.place(-40, -40);
    const [right, bottom] = this.place(this.width + 40, this.height + 40);
    const found = [];
    this.tree.visit((node, x0, y0, x1, y1) => {
      if (!node.length) {
        for (let leaf = node; leaf; leaf = leaf.next) {
          const i = leaf.data;
          if (this.shown(i) && this.places[2 * i] >= left && this.places[2 * i] <= right
              && this.places[2 * i + 1] >= top && this.places[2 * i + 1] <= bottom) {
            found.push(i);
          }
        }
      }
      return x0 > right || y0 > bottom || x1 < left || y1 < top;
    });
    return found;
  }

  draw() {
    if (!this.requested) {
      this.requested = requestAnimationFrame(() => {
        this.requested = 0;
        this.drawNow();
      });
    }
  }

  drawNow() {
    const context = this.context;
    context.clearRect(0, 0, this.width, this.height);
    const visible = this.visible();
    const share = Math.sqrt(this.extent * this.extent * this.transform.k * this.transform.k / this.count);
    this.side = Math.min(96, 0.75 * share);
    this.asThumbnails = this.side >= 14 && visible.length <= 3000;
    for (const i of visible) {
      if (!this.asThumbnails || !this.drawThumbnail(i, this.side)) {
        context.fillStyle = this.colorOf(i);
        const dot = Math.max(2, Math.min(8, this.side / 2));
        context.fillRect(this.x(i) - dot / 2, this.y(i) - dot / 2, dot, dot);
      }
    }
    const style = getComputedStyle(this.canvas);
    this.marked.forEach((i) => this.frame(i, style.getPropertyValue('--mark')));
    if (this.selected >= 0) {
      this.drawThumbnail(this.selected, Math.max(40, this.side));
      this.frame(this.selected, style.getPropertyValue('--accent'), Math.max(40, this.side));
    }
    this.canvas.dataset.drawn = visible.length;
  }

  drawThumbnail(i, side) {
    const sprite = this.sprite(i);
    if (!sprite) {
      return false;
    }
    const left = this.x(i) - side / 2;
    const top = this.y(i) - side / 2;
    this.context.drawImage(sprite.image, sprite.x, sprite.y, sprite.side, sprite.side, left, top, side, side);
    this.context.strokeStyle = this.colorOf(i);
    this.context.lineWidth = 1.5;
    this.context.strokeRect(left, top, side, side);
    return true;
  }

  frame(i, color, side = Math.max(10, this.side)) {
    this.context.strokeStyle = color;
    this.context.lineWidth = 3;
    this.context.strokeRect(this.x(i) - side / 2 - 2, this.y(i) - side / 2 - 2, side + 4, side + 4);
  }

  // The picture at a point of the screen, or -1.
  at(x, y) {
    const reach = Math.max(12, this.asThumbnails ? this.side * 0.7 : 0) / (this.extent * this.transform.k);
    const [px, py] = this.place(x, y);
    let best = -1;
    let least = reach * reach;
    this.tree.visit((node, x0, y0, x1, y1) => {
      if (!node.length) {
        for (let leaf = node; leaf; leaf = leaf.next) {
          const i = leaf.data;
          const distance = (this.places[2 * i] - px) ** 2 + (this.places[2 * i + 1] - py) ** 2;
          if (distance < least && this.shown(i)) {
            [best, least] = [i, distance];
          }
        }
      }
      return x0 > px + reach || y0 > py + reach || x1 < px - reach || y1 < py - reach;
    });
    return best;
  }

  hover(event) {
    this.onHover(event.buttons ? -1 : this.at(event.offsetX, event.offsetY), event.offsetX, event.offsetY);
  }

  click(event) {
    const found = this.at(event.offsetX, event.offsetY);
    if (found >= 0) {
      this.onSelect(found);
    }
  }

  key(event) {
    const directions = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    if (directions[event.key]) {
      const next = this.selected < 0 ? this.firstShown() : this.towards(...directions[event.key]);
      if (next >= 0) {
        this.onSelect(next);
      }
    } else if (event.key === '+' || event.key === '=') {
      this.zoom.scaleBy(d3.select(this.canvas), 1.5);
    } else if (event.key === '-') {
      this.zoom.scaleBy(d3.select(this.canvas), 1 / 1.5);
    } else {
      return;
    }
    event.preventDefault();
  }

  firstShown() { return d3.range(this.count).find((i) => this.shown(i)) ?? -1; }

  // The nearest picture in a direction: sideways counts double.
  towards(dx, dy) {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < this.count; i++) {
      const x = this.places[2 * i] - this.places[2 * this.selected];
      const y = this.places[2 * i + 1] - this.places[2 * this.selected + 1];
      const ahead = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (i !== this.selected && ahead > 0 && aside <= 2 * ahead && ahead + 2 * aside < least && this.shown(i)) {
        [best, least] = [i, ahead + 2 * aside];
      }
    }
    return best;
  }

  // Marks a picture and those like it; moves the map if it is not in sight.
  select(i, marked) {
    this.selected = i;
    this.marked = marked;
    if (i >= 0 && (this.x(i) < 0 || this.y(i) < 0 || this.x(i) > this.width || this.y(i) > this.height)) {
      this.zoom.translateTo(d3.select(this.canvas),
        (this.places[2 * i] - 0.5) * this.extent + this.width / 2,
        (this.places[2 * i + 1] - 0.5) * this.extent + this.height / 2);
    }
    this.draw();
  }

  home() { this.zoom.transform(d3.select(this.canvas), d3.zoomIdentity); }
};
