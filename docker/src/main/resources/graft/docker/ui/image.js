// The page of one image: its layers and what each brought, its packages, its findings by where they
// came in, and who derives from it.

import * as api from "./api.js";
import {add, count, figure, h, imageLink, longTable, notice, pills, place, severity, short, size, spoken, sum,
  title, when, SEVERITIES} from "./dom.js";
import {following} from "./follow.js";
import {fixButton} from "./overview.js";

const TABS = {layers: "Layers", packages: "Packages", findings: "Findings", dependents: "Dependents"};

export async function image(page, app, [id, wanted]) {
  if (!app.node(id)) {
    // Made a moment ago, by a roll-out perhaps.
    await app.refresh();
  }
  const node = app.node(id);
  if (!node) {
    throw new Error("there is no image " + short(id) + " here any more");
  }
  const tab = Object.hasOwn(TABS, wanted ?? "") ? wanted : node.ghost ? "dependents" : "layers";
  const above = app.above(id);
  add(page, [
    above.length > 0 && h("nav", {class: "crumbs", "aria-label": "What it derives from"},
      [...above].reverse().map((n) => [imageLink(n.id, title(n)), h("span", {"aria-hidden": "true"}, " › ")])),
    h("h1", null, title(node)),
    h("p", {class: "names"}, (node.names ?? []).slice(1).map((n) => h("span", {class: "tag"}, n)),
      h("code", {title: node.id}, short(node.id)),
      node.ghost ? " was removed; others derive from it" : " " + when(node.created)),
  ]);
  if (node.ghost) {
    page.append(await dependents(app, node));
    return;
  }
  add(page, [h("dl", {class: "figures"},
    figure("Own", size(node.own)), figure("Shared", size(node.shared)),
    figure("Layers", `${node.ownLayers} of ${node.layers}`),
    figure("Dependents", app.below(id).length),
    figure("Containers", node.containers?.running ? node.containers.running + " running" : node.containers?.all ?? 0),
    node.trouble && figure("Cannot be read", node.trouble),
    node.findings && figure("Came in here", sum(node.findings.here), pills(node.findings.here)),
    node.findings && figure("Inherited", sum(node.findings.inherited), pills(node.findings.inherited))),
  h("div", {class: "actions"},
    h("a", {class: "button", href: "#/rebase?image=" + node.id}, "What if… another base"),
    sum(node.findings?.here) > 0
      && fixButton(page, {kind: "fix", what: node.names?.[0] ?? node.id, images: []}, "Plan a fix"))]);
  const follows = node.names?.length > 0 && h("div", null);
  add(page, [follows]);
  if (follows) {
    // An engine that cannot say it still has an image to show.
    following(node, app).then((box) => follows.append(box), (e) => follows.append(notice("bad", e.message)));
  }
  const panel = h("div", {role: "tabpanel", id: "panel", tabindex: "0", "aria-labelledby": "tab-" + tab});
  page.append(tabs(node, tab), panel);
  const waiting = h("p", {class: "busy"}, "Reading…");
  panel.append(waiting);
  try {
    const shown = await {layers, packages, findings, dependents}[tab](app, node);
    panel.replaceChildren(shown);
  } catch (e) {
    panel.replaceChildren(notice("bad", e.message));
  }
  if (arrow) {
    arrow = false;
    page.querySelector("[role=tab][aria-selected=true]").focus();
  }
}

let arrow = false;

function tabs(node, current) {
  const names = Object.keys(TABS);
  const list = h("div", {role: "tablist", "aria-label": "About " + title(node)}, names.map((name) =>
    h("button", {
      type: "button", role: "tab", id: "tab-" + name, "aria-selected": String(name === current),
      "aria-controls": name === current ? "panel" : null, tabindex: name === current ? "0" : "-1",
      onclick: () => open(node, name),
    }, TABS[name])));
  list.addEventListener("keydown", (e) => {
    const at = names.indexOf(current);
    const to = {ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: names.length - 1}[e.key];
    if (to !== undefined) {
      e.preventDefault();
      arrow = true;
      open(node, names.at(to % names.length));
    }
  });
  return list;
}

function open(node, tab) {
  location.hash = "#/image/" + node.id + "/" + tab;
}

// ---- layers

/** What each own layer did to the packages of the parent. */
function changesByLayer(mine, parents) {
  const key = (p) => [p.manager, p.name, p.architecture, p.path].join("\n");
  const before = new Map(parents.map((p) => [key(p), p]));
  const byLayer = new Map();
  for (const p of mine) {
    const layer = p.introduced?.diffId;
    if (!byLayer.has(layer)) {
      byLayer.set(layer, {added: [], changed: []});
    }
    const old = before.get(key(p));
    before.delete(key(p));
    if (!old) {
      byLayer.get(layer).added.push(p);
    } else if (old.version !== p.version) {
      byLayer.get(layer).changed.push({...p, from: old.version});
    }
  }
  return {byLayer, removed: [...before.values()]};
}

async function layers(app, node) {
  const parent = app.node(node.parent);
  const none = {packages: []};
  const [answer, mine, parents] = await Promise.all([
    api.layers(node.id),
    api.get(`images/${node.id}/packages`).catch((e) => ({...none, error: e.message})),
    parent && !parent.ghost ? api.get(`images/${parent.id}/packages`).catch(() => none) : none,
  ]);
  const own = answer.layers.length - node.ownLayers;
  const changes = mine.error ? null : changesByLayer(mine.packages, parents.packages);
  const box = h("div", null);
  if (mine.error) {
    box.append(notice("bad", "Packages cannot be told: " + mine.error));
  }
  add(box, [h("h2", null, count(node.ownLayers, "own layer")),
    h("ol", {class: "layers"}, answer.layers.slice(own).map((l, i) => layer(l, own + i, changes))),
    changes?.removed.length > 0 && h("p", null, h("span", {class: "minus"}, "removed: "),
      changes.removed.map((p) => p.name + " " + p.version).join(", ")),
    own > 0 && h("details", null,
      h("summary", null, count(own, "layer"), " of ", parent ? title(parent) : "what it derives from"),
      h("ol", {class: "layers"}, answer.layers.slice(0, own).map((l, i) => layer(l, i, null))))]);
  return box;
}

function layer(l, index, changes) {
  const what = changes?.byLayer.get(l.diffId);
  return h("li", null,
    h("div", {class: "layer"},
      h("span", {class: "number", "aria-label": "layer " + (index + 1)}, String(index + 1)),
      h("code", {class: "instruction"}, l.instruction || l.createdBy || "unknown step"),
      h("span", {class: "faint"}, l.line ? `${l.dockerfile || "Dockerfile"}:${l.line}` : ""),
      h("span", {class: "size"}, size(l.size))),
    what && h("div", {class: "delta"},
      group("plus", "+", "added", what.added, (p) => p.name + " " + p.version),
      group("swap", "↑", "changed", what.changed, (p) => `${p.name} ${p.from} → ${p.version}`)));
}

function group(kind, sign, word, packages, text) {
  return packages.length > 0 && h("details", {class: kind},
    h("summary", null, h("span", {"aria-hidden": "true"}, sign), ` ${count(packages.length, "package")} ${word}`),
    h("ul", null, packages.map((p) => h("li", null, text(p)))));
}

// ---- packages

async function packages(app, node) {
  const answer = await api.get(`images/${node.id}/packages`);
  const box = h("div", null);
  const rows = h("div", null);
  const draw = (text) => {
    const hits = answer.packages.filter((p) => p.name.toLowerCase().includes(text.toLowerCase()));
    rows.replaceChildren(longTable("Packages", ["Package", "Version", "Architecture", "From", "Came in at"],
      hits, (p) => [h("span", {title: p.purl}, p.name), p.version, p.architecture ?? "", p.manager ?? "",
        place(p.introduced, app.node)]));
  };
  const missing = answer.missing ?? [];
  add(box, [missing.length > 0 && notice("", h("details", null,
    h("summary", null, count(missing.length, "package"), " with files that are gone: the database still names them"),
    h("ul", null, missing.slice(0, 200).map((m) => h("li", null, m.name, " ", m.version, " ",
      h("code", null, (m.paths ?? []).slice(0, 5).join(" "))))))),
  h("div", {class: "bar"},
    h("p", null, count(answer.packages.length, "package"), answer.distribution ? " · " + answer.distribution : ""),
    h("input", {type: "search", placeholder: "Filter packages", "aria-label": "Filter packages by name",
      oninput: (e) => draw(e.target.value)})), skipped(answer), rows]);
  draw("");
  return box;
}

function skipped(answer) {
  const all = answer.skipped ?? [];
  return all.length > 0 && notice("", h("details", null,
    h("summary", null, count(all.length, "path"), " could not be read: what is in there is not known"),
    h("ul", null, all.slice(0, 200).map((s) => h("li", null, h("code", null, s.path), " ", s.reason)))));
}

// ---- findings

const order = (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity)
  || (b.score ?? 0) - (a.score ?? 0) || a.id.localeCompare(b.id);

async function findings(app, node) {
  const parent = app.node(node.parent);
  const [answer, before] = await Promise.all([
    api.get(`images/${node.id}/findings`),
    parent && !parent.ghost ? api.get(`images/${parent.id}/findings`).catch(() => null) : null,
  ]);
  const box = h("div", null);
  const open = answer.findings.filter((f) => !f.suppressed).sort(order);
  const here = open.filter((f) => !f.inherited);
  const byOrigin = Map.groupBy(open.filter((f) => f.inherited), (f) => f.origin?.image ?? "");
  const key = (f) => f.id + "\n" + f.source;
  const now = new Set(answer.findings.map(key));
  const fixed = (before?.findings ?? []).filter((f) => !f.suppressed && !now.has(key(f))).sort(order);
  add(box, [skipped(answer),
    (answer.unknown ?? []).length > 0 && notice("", "Not held against any advisory: ",
      answer.unknown.map((u) => typeof u === "string" ? u : u.reason ?? u.name ?? "").join(", ")),
    section("Introduced here", here, app, true)]);
  for (const [id, list] of byOrigin) {
    const from = id ? title(app.node(id) ?? {id}) : "an image not known";
    add(box, [section("Inherited from " + from, list, app, here.length === 0, app.node(id))]);
  }
  add(box, [fixed.length > 0 && section("Fixed here", fixed, app, false)]);
  const suppressed = answer.findings.filter((f) => f.suppressed);
  add(box, [suppressed.length > 0 && h("details", null,
    h("summary", null, count(suppressed.length, "finding"), " set aside by VEX"),
    h("ul", null, suppressed.map((f) => h("li", null, f.id, " ", f.source, ": ", f.suppressed.status, " ",
      f.suppressed.reason ?? ""))))]);
  return box;
}

function section(heading, list, app, open, origin) {
  const counts = {};
  list.forEach((f) => {
    const s = SEVERITIES.includes(f.severity) ? f.severity : "unknown";
    counts[s] = (counts[s] ?? 0) + 1;
  });
  return h("details", {class: "group", open: open || null},
    h("summary", null, h("h2", null, heading), " ", h("span", {class: "faint"}, list.length), " ",
      h("span", {"aria-label": spoken(counts), role: "img"}, pills(counts))),
    origin && h("p", null, "They came in at ", imageLink(origin.id, title(origin)), ": a fix there reaches all that",
      " derive from it."),
    list.length === 0 ? h("p", {class: "faint"}, "Nothing.")
      : longTable("Findings", ["Severity", "Vulnerability", "Package", "Installed, fixed in", "Bytes are in"],
        list, (f) => [severity(f.severity), h("a", {href: "#/cve/" + encodeURIComponent(f.id),
          title: f.summary}, f.id), [f.source, binaries(f)], versions(f),
        place(f.packages?.[0]?.carrier, app.node)]));
}

function versions(f) {
  return h("span", {class: "version"}, f.installed ?? "",
    h("span", {class: "faint"}, f.fixed ? "→ " + f.fixed : "not fixed yet"));
}

/** The packages of a source, where they are called otherwise. */
function binaries(f) {
  const names = [...new Set((f.packages ?? []).map((p) => p.name))].filter((n) => n !== f.source);
  return names.length > 0 && h("span", {class: "faint"}, " " + names.slice(0, 4).join(", ")
    + (names.length > 4 ? ` +${names.length - 4}` : ""));
}

// ---- dependents

async function dependents(app, node) {
  const below = app.below(node.id);
  return below.length === 0 ? h("p", null, "No image here derives from it.")
    : longTable("Images that derive from " + title(node),
      ["Image", "Derives from", "Own", "Came in there", "Containers"], below,
      (n) => [imageLink(n.id, title(n)), n.parent === node.id ? "directly" : title(app.node(n.parent)),
        size(n.own), n.findings ? pills(n.findings.here) : "", n.containers?.all ?? 0]);
}
