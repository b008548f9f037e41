// Starts the page, and shows what the address says: #/, #/image/ID[/TAB], #/cve/ID, #/rebase,
// #/plan/DIGEST, #/bases, #/history. Each view fills an element of its own, so an answer that comes
// late fills one that nobody sees.

import * as api from "./api.js";
import {add, announce, count, h, notice, short} from "./dom.js";
import {Tree} from "./tree.js";
import {bases, overview, vulnerability} from "./overview.js";
import {image} from "./image.js";
import {plan, rebase} from "./plan.js";
import {rollouts} from "./history.js";

const content = document.getElementById("content");
const search = document.getElementById("search");
const unnamed = document.getElementById("unnamed");
const tree = new Tree(document.getElementById("tree"), (id) => {
  goTo("#/image/" + id);
});

const app = {
  all: [],
  /** Those that are shown. */
  nodes: [],
  byId: new Map(),
  children: new Map(),
  database: null,
  /** Whether layers are read for the first time, and findings come later. */
  counting: false,
  node: (id) => app.byId.get(id),
  /** All below this image, nearest first. */
  below(id) {
    const all = [];
    for (let level = app.children.get(id) ?? []; level.length > 0;) {
      all.push(...level);
      level = level.flatMap((n) => app.children.get(n.id) ?? []);
    }
    return all;
  },
  /** All above this image, nearest first. */
  above(id) {
    const all = [];
    for (let n = app.node(app.node(id)?.parent); n && !all.includes(n); n = app.node(n.parent)) {
      all.push(n);
    }
    return all;
  },
  refresh,
};

let loading = null;
let again = false;

/** Reads the tree; what comes while it is read is read once more, not once each. */
function refresh() {
  if (loading) {
    again = true;
    return loading;
  }
  loading = load().finally(() => {
    loading = null;
    if (again) {
      again = false;
      return refresh();
    }
  });
  return loading;
}

/** The tree at once; with findings as soon as all layers were read, which takes a while the first time. */
async function load() {
  const first = app.all.length === 0;
  const bare = first ? await api.get("tree") : null;
  if (bare?.nodes.some((n) => !n.indexed && !n.ghost)) {
    app.counting = true;
    take(bare);
    tellProgress();
    counted = api.get("tree?cve=1").finally(() => {
      app.counting = false;
    }).then((answer) => {
      take(answer);
      // Whoever is on another page by now may be in the middle of something.
      return location.hash.length < 3 && show();
    }).catch((e) => {
      document.getElementById("hint").textContent = "findings cannot be told: " + e.message;
    });
    return;
  }
  await counted;
  take(await api.get("tree?cve=1"));
}

let counted = Promise.resolve();

/** How far the engine has come with layers that it reads for the first time. */
async function tellProgress() {
  const hint = document.getElementById("hint");
  for (;;) {
    const {nodes} = await api.get("tree").catch(() => ({nodes: app.all}));
    if (!app.counting) {
      return;
    }
    const all = nodes.filter((n) => !n.ghost);
    const read = all.filter((n) => n.indexed).length;
    hint.textContent = `reading layers for the first time: ${read.toLocaleString("en")} of ${count(all.length, "image")}`;
    await new Promise((go) => setTimeout(go, 1000));
  }
}

function take(answer) {
  app.all = answer.nodes;
  app.byId = new Map(answer.nodes.map((n) => [n.id, n]));
  app.database = answer.database;
  arrange();
  const db = document.getElementById("database");
  db.textContent = "";
  add(db, [answer.database
    ? [count(answer.database.records, "advisory", "advisories"), " ",
      h("code", {title: answer.database.digest}, short(answer.database.digest))]
    : "no advisories imported: graft db import FILE"]);
}

/** Images that nobody names, runs or derives from are what roll-outs and builds have left: shown when
    asked for. */
function arrange() {
  const wanted = new Set();
  for (const n of app.all) {
    if (n.names?.length > 0 || n.containers?.all > 0) {
      for (let at = n; at && !wanted.has(at.id); at = app.node(at.parent)) {
        wanted.add(at.id);
      }
    }
  }
  const everything = unnamed.getAttribute("aria-pressed") === "true";
  const hidden = app.all.length - wanted.size;
  app.nodes = everything ? app.all : app.all.filter((n) => wanted.has(n.id));
  app.children = Map.groupBy(app.nodes, (n) => n.parent);
  unnamed.hidden = hidden === 0;
  unnamed.textContent = `${count(hidden, "image")} without a name`;
  tree.set(app.nodes);
  if (search.value) {
    tree.search(search.value);
  }
  tellCount(app.nodes.length);
}

function tellCount(n) {
  document.getElementById("hint").textContent =
    `${count(n, "image")} · arrows, letters and * in the tree · Enter opens · Esc goes back to the tree`;
}

const VIEWS = {image, cve: vulnerability, rebase, plan, bases, history: rollouts};

function goTo(hash) {
  if (location.hash === hash) {
    show();
  } else {
    location.hash = hash;
  }
}

let before = "";

async function show() {
  const [path, query] = location.hash.slice(1).split("?");
  const [, name = "", ...rest] = path.split("/").map(decodeURIComponent);
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : overview;
  tree.select(name === "image" ? rest[0] : null);
  for (const link of document.querySelectorAll(".top nav a")) {
    const here = link.getAttribute("href") === "#/" + (VIEWS[name] ? name : "");
    here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
  }
  const page = h("div", {class: "page"});
  content.replaceChildren(page);
  content.scrollTop = 0;
  content.setAttribute("aria-busy", "true");
  try {
    await view(page, app, rest, new URLSearchParams(query ?? ""));
  } catch (e) {
    add(page, [notice("bad", e.message)]);
  }
  if (!page.isConnected) {
    return;
  }
  const heading = page.querySelector("h1");
  document.title = (heading ? heading.textContent + " · " : "") + "Graft";
  // Not on the first page of all, nor from one tab of an image to the next.
  const place = name + "/" + (rest[0] ?? "");
  if (heading && before && before !== place) {
    heading.setAttribute("tabindex", "-1");
    heading.focus({preventScroll: true});
  }
  before = place;
  content.setAttribute("aria-busy", "false");
  content.dataset.shown = location.hash;
}

function wire() {
  addEventListener("hashchange", show);
  search.addEventListener("input", () => {
    const hits = tree.search(search.value);
    announce(count(hits, "image") + (search.value ? " found" : ""));
  });
  search.addEventListener("keydown", (e) => {
    if (e.key === "ArrowDown" || e.key === "Enter") {
      e.preventDefault();
      tree.focus();
    }
  });
  document.getElementById("expand").addEventListener("click", () => tree.all(true));
  document.getElementById("collapse").addEventListener("click", () => tree.all(false));
  unnamed.addEventListener("click", () => {
    unnamed.setAttribute("aria-pressed", String(unnamed.getAttribute("aria-pressed") === "false"));
    arrange();
    show();
  });
  document.getElementById("skip").addEventListener("click", () => content.focus());
  addEventListener("keydown", (e) => {
    const typing = e.target.matches?.("input, select, textarea") || document.querySelector("dialog[open]");
    if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey) {
      e.preventDefault();
      search.focus();
    } else if (e.key === "Escape" && content.contains(e.target) && !document.querySelector("dialog[open]")) {
      tree.focus();
    }
  });
}

async function start() {
  try {
    await api.enter();
    await load();
  } catch (e) {
    document.body.classList.add("closed");
    content.replaceChildren(h("div", {class: "page"},
      h("h1", null, e.status === 401 ? "A link opens this page" : "The tree cannot be shown"),
      notice("bad", e.message)));
    return;
  }
  wire();
  await show();
  performance.mark("graft-shown");
  let timer = 0;
  api.changes((word) => {
    // Many at once are one: a build or a roll-out says a lot.
    clearTimeout(timer);
    timer = word ? setTimeout(() => refresh().catch(() => {}), 400) : 0;
  });
}

start();
