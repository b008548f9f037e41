// The tree of images: one row an image, all rows in one list with their levels said, as the ARIA
// practices allow. Rows are real elements and stay so at a thousand images, so that a screen reader
// and the browser's own search see all of them; the browser skips drawing those out of sight.

import {count, h, pills, short, size, spoken, sum, title, SEVERITIES} from "./dom.js";

const OPEN_AT_FIRST = 80; // rows; a larger tree begins with its upper levels
const PAUSE = 700; // ms, after which typed letters begin a new word

export class Tree {
  constructor(root, open) {
    this.root = root;
    this.open = open;
    this.nodes = [];
    this.rows = new Map();
    this.expanded = new Set();
    this.filter = "";
    this.focused = null;
    this.selected = null;
    this.typed = "";
    this.typedAt = 0;
    root.addEventListener("keydown", (e) => this.key(e));
    root.addEventListener("click", (e) => this.click(e));
    root.addEventListener("focusin", (e) => {
      const row = e.target.closest("[role=treeitem]");
      if (row) {
        this.rove(row.dataset.id);
      }
    });
  }

  /** Parents come before their children. */
  set(nodes) {
    const first = this.nodes.length === 0;
    this.nodes = nodes;
    this.byId = new Map(nodes.map((n) => [n.id, n]));
    this.children = new Map(nodes.map((n) => [n.id, []]));
    this.roots = [];
    this.depth = new Map();
    for (const n of nodes) {
      const parent = n.parent !== null && this.byId.has(n.parent) ? n.parent : null;
      (parent === null ? this.roots : this.children.get(parent)).push(n.id);
      this.depth.set(n.id, parent === null ? 1 : this.depth.get(parent) + 1);
    }
    if (first) {
      this.openUpperLevels();
    }
    const before = this.rows;
    this.rows = new Map();
    for (const n of nodes) {
      // What did not change keeps its element, and with it the focus.
      const said = JSON.stringify(n);
      const old = before.get(n.id);
      this.rows.set(n.id, old?.said === said ? old : {said, element: this.row(n)});
    }
    if (!this.byId.has(this.focused)) {
      this.focused = this.roots[0] ?? null;
    }
    this.draw();
  }

  openUpperLevels() {
    let shown = this.roots.length;
    let level = this.roots;
    while (level.length > 0) {
      const next = level.flatMap((id) => this.children.get(id));
      shown += next.length;
      if (shown > OPEN_AT_FIRST && this.expanded.size > 0) {
        return;
      }
      level.forEach((id) => this.expanded.add(id));
      if (shown > OPEN_AT_FIRST) {
        return;
      }
      level = next;
    }
  }

  row(n) {
    const here = n.findings?.here;
    const inherited = n.findings ? sum(n.findings.inherited) : null;
    const worst = SEVERITIES.find((s) => here?.[s] > 0);
    const running = n.containers?.running ?? 0;
    const all = n.containers?.all ?? 0;
    const others = (n.names ?? []).slice(1);
    return h("div", {
      class: "row" + (worst ? " heat-" + worst : "") + (n.ghost ? " ghost" : ""),
      role: "treeitem", id: "row-" + short(n.id), "data-id": n.id, tabindex: "-1",
      "aria-label": label(n),
    },
    h("span", {class: "c-name"}, h("span", {class: "twisty"}),
      h("span", {class: "name", title: (n.names ?? []).join("\n") || n.id}, title(n)),
      others.length > 0 && h("span", {class: "faint"}, "+" + others.length),
      n.ghost && h("span", {class: "tag"}, "not here"),
      n.trouble && h("span", {class: "tag warn", title: n.trouble}, "unreadable"),
      n.follow && h("span", {class: "tag", title: n.follow.state}, "follows")),
    h("span", {class: "c-here"}, here ? pills(here) : n.indexed === false && !n.ghost && "not read yet"),
    h("span", {class: "c-inherited"}, inherited || ""),
    h("span", {class: "c-own"}, n.ghost ? "" : size(n.own)),
    h("span", {class: "c-shared"}, n.shared ? size(n.shared) : ""),
    h("span", {class: "c-containers" + (running ? " running" : "")},
      running ? running + " running" : all || ""));
  }

  visible(id) {
    return this.matching === null || this.matching.has(id);
  }

  /** Those that match, and all above them. */
  search(text) {
    this.filter = text.trim().toLowerCase();
    this.draw();
    return this.matching === null ? this.nodes.length : this.hits;
  }

  draw() {
    this.matching = null;
    if (this.filter) {
      this.matching = new Set();
      this.hits = 0;
      for (const n of this.nodes) {
        if (n.id.includes(this.filter) || n.names?.some((name) => name.toLowerCase().includes(this.filter))) {
          this.hits++;
          for (let id = n.id; id && !this.matching.has(id); id = this.byId.get(id)?.parent) {
            this.matching.add(id);
          }
        }
      }
    }
    this.shown = [];
    this.list(this.roots.filter((id) => this.visible(id)));
    const focus = this.root.contains(document.activeElement);
    if (!this.shown.includes(this.focused)) {
      this.focused = this.above(this.focused) ?? this.shown[0] ?? null;
    }
    this.root.replaceChildren(...this.shown.map((id) => this.rows.get(id).element));
    this.rove(this.focused);
    if (focus && this.focused) {
      this.element(this.focused).focus();
    }
  }

  /** The nearest ancestor that can be seen. */
  above(id) {
    let at = this.byId.get(id)?.parent;
    while (at && !this.shown.includes(at)) {
      at = this.byId.get(at)?.parent;
    }
    return at;
  }

  list(ids) {
    ids.forEach((id, i) => {
      const children = this.children.get(id).filter((c) => this.visible(c));
      const open = children.length > 0 && (this.matching !== null || this.expanded.has(id));
      const element = this.element(id);
      element.setAttribute("aria-level", this.depth.get(id));
      element.setAttribute("aria-setsize", ids.length);
      element.setAttribute("aria-posinset", i + 1);
      element.setAttribute("aria-selected", id === this.selected);
      element.style.setProperty("--depth", this.depth.get(id) - 1);
      if (children.length > 0) {
        element.setAttribute("aria-expanded", open);
      } else {
        element.removeAttribute("aria-expanded");
      }
      this.shown.push(id);
      if (open) {
        this.list(children);
      }
    });
  }

  element(id) {
    return this.rows.get(id).element;
  }

  /** One row is in the order of Tab: the one that the arrows are at. */
  rove(id) {
    if (this.rows.has(this.focused)) {
      this.element(this.focused).setAttribute("tabindex", "-1");
    }
    this.focused = id;
    if (id !== null && this.rows.has(id)) {
      this.element(id).setAttribute("tabindex", "0");
    }
  }

  go(id) {
    if (id) {
      this.element(id).focus();
    }
  }

  /** Marks the image whose page is shown, and makes sure that it can be seen. */
  select(id) {
    if (this.rows.has(this.selected)) {
      this.element(this.selected).setAttribute("aria-selected", "false");
    }
    this.selected = id;
    if (!this.byId?.has(id)) {
      return;
    }
    for (let at = this.byId.get(id).parent; at; at = this.byId.get(at)?.parent) {
      this.expanded.add(at);
    }
    this.draw();
    this.element(id).setAttribute("aria-selected", "true");
    this.rove(id);
    this.element(id).scrollIntoView({block: "nearest"});
  }

  focus() {
    this.go(this.focused);
  }

  all(open) {
    this.expanded = new Set(open ? this.nodes.map((n) => n.id) : []);
    this.draw();
  }

  toggle(id, open) {
    open ? this.expanded.add(id) : this.expanded.delete(id);
    this.draw();
  }

  click(e) {
    const row = e.target.closest("[role=treeitem]");
    if (!row) {
      return;
    }
    const id = row.dataset.id;
    this.rove(id);
    if (e.target.closest(".twisty") && row.hasAttribute("aria-expanded")) {
      this.toggle(id, row.getAttribute("aria-expanded") === "false");
    } else {
      this.open(id);
    }
  }

  key(e) {
    const id = this.focused;
    if (id === null || e.altKey || e.ctrlKey || e.metaKey) {
      return;
    }
    const at = this.shown.indexOf(id);
    const state = this.element(id).getAttribute("aria-expanded");
    const parent = this.byId.get(id).parent;
    switch (e.key) {
      case "ArrowDown": this.go(this.shown[at + 1]); break;
      case "ArrowUp": this.go(this.shown[at - 1]); break;
      case "Home": this.go(this.shown[0]); break;
      case "End": this.go(this.shown.at(-1)); break;
      case "ArrowRight":
        if (state === "false") {
          this.toggle(id, true);
        } else if (state === "true") {
          this.go(this.shown[at + 1]);
        }
        break;
      case "ArrowLeft":
        if (state === "true" && this.matching === null) {
          this.toggle(id, false);
        } else if (this.shown.includes(parent)) {
          this.go(parent);
        }
        break;
      case "*":
        (parent && this.children.has(parent) ? this.children.get(parent) : this.roots)
          .forEach((sibling) => this.expanded.add(sibling));
        this.draw();
        break;
      case "Enter": case " ": this.open(id); break;
      default:
        if (e.key.length !== 1 || e.key === "/") {
          return;
        }
        this.type(e.key.toLowerCase(), at);
    }
    e.preventDefault();
  }

  /** Goes to the next row that begins with what was typed. */
  type(letter, at) {
    const now = performance.now();
    this.typed = now - this.typedAt > PAUSE ? letter : this.typed + letter;
    this.typedAt = now;
    const from = this.typed.length === 1 ? at + 1 : at;
    const order = [...this.shown.slice(from), ...this.shown.slice(0, from)];
    this.go(order.find((id) => title(this.byId.get(id)).toLowerCase().startsWith(this.typed)));
  }
}

/** All that the row shows, in words. */
function label(n) {
  const parts = [title(n)];
  if (n.ghost) {
    parts.push("not on this machine");
  }
  if (n.trouble) {
    parts.push("cannot be read: " + n.trouble);
  }
  if (n.findings) {
    parts.push("findings here: " + spoken(n.findings.here));
    parts.push(sum(n.findings.inherited) + " inherited");
  }
  if (!n.ghost) {
    parts.push(`${size(n.own)} own, ${size(n.shared)} shared`);
  }
  if (n.containers?.all) {
    parts.push(`${count(n.containers.all, "container")}, ${n.containers.running} running`);
  }
  return parts.join("; ");
}
