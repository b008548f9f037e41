// The whole in numbers, what to fix first, one vulnerability over all images, and bases that have
// something newer behind their tags.

import * as api from "./api.js";
import {add, count, figure, h, imageLink, longTable, notice, pills, severity, short, size, sum,
  title, when, SEVERITIES} from "./dom.js";

const WEIGHT = {critical: 1000, high: 100, medium: 10, low: 1, unknown: 1};

const weigh = (counts) => SEVERITIES.reduce((all, s) => all + WEIGHT[s] * (counts?.[s] ?? 0), 0);

export async function overview(page, app) {
  const real = app.nodes.filter((n) => !n.ghost);
  const total = {};
  for (const s of SEVERITIES) {
    total[s] = app.nodes.reduce((all, n) => all + (n.findings?.here?.[s] ?? 0), 0);
  }
  add(page, [
    h("h1", null, "All images"),
    h("dl", {class: "figures"},
      figure("Images", real.length.toLocaleString("en")),
      figure("Roots", app.nodes.filter((n) => n.parent === null).length.toLocaleString("en")),
      figure("On disk", size(real.reduce((all, n) => all + (n.own ?? 0), 0))),
      figure("Containers", app.nodes.reduce((all, n) => all + (n.containers?.all ?? 0), 0)),
      figure("Findings", !app.database ? "unknown" : app.counting ? "not known yet" : sum(total).toLocaleString("en"),
        app.database && !app.counting && pills(total))),
  ]);
  if (!app.database) {
    add(page, [notice("", "No advisories are known yet, so there are no findings. Import some with ",
      h("code", null, "graft db import FILE"), ".")]);
    return;
  }
  if (app.counting) {
    add(page, [notice("", "Layers are read for the first time. Findings follow.")]);
    return;
  }
  const ill = real.filter((n) => sum(n.findings?.here) > 0)
    .map((n) => ({n, below: app.below(n.id).length}))
    .map((x) => ({...x, weight: weigh(x.n.findings.here) * (x.below + 1)}))
    .sort((a, b) => b.weight - a.weight);
  add(page, [h("h2", null, "Where to fix first"),
    ill.length === 0
      ? notice("good", "No image brings in anything that the advisories name.")
      : [h("p", {class: "faint"},
        "Images that brought findings in, by severity and by how many inherit them."),
      longTable("Images that brought findings in",
        ["Image", "Came in here", "Inherited by", "Do"], ill,
        ({n, below}) => [imageLink(n.id, title(n)), pills(n.findings.here), count(below, "image"),
          fixButton(page, {kind: "fix", what: n.names?.[0] ?? n.id, images: []}, "Plan a fix")], 25)]]);
}

/** Asks the engine for a plan, and goes to it. */
export function fixButton(page, wanted, text) {
  const button = h("button", {type: "button", onclick: async () => {
    button.setAttribute("disabled", "");
    page.querySelectorAll(".notice.bad").forEach((old) => old.remove());
    try {
      const plan = await api.post("plans", wanted);
      location.hash = "#/plan/" + plan.digest;
    } catch (e) {
      button.removeAttribute("disabled");
      page.querySelector("h1").after(notice("bad", e.message));
    }
  }}, text);
  return button;
}

export async function vulnerability(page, app, [id]) {
  const v = await api.get("vulns/" + encodeURIComponent(id));
  const origins = v.nodes.filter((n) => n.origin);
  const carriers = v.nodes.filter((n) => n.carrier);
  add(page, [h("h1", null, v.id), h("p", null, severity(v.severity), " ", v.summary),
    h("p", null, count(v.nodes.length, "image"), " affected; it came in at ",
      list(origins), "; the bytes are in ", list(carriers), "."),
    h("div", {class: "actions"}, fixButton(page, {kind: "fix", what: v.id, images: []}, "Plan the fix")),
    longTable("Images that " + v.id + " affects",
      ["Image", "Package", "Installed", "Fixed in", "Role"], v.nodes,
      (n) => [imageLink(n.image, title(app.node(n.image) ?? n)), n.source ?? "", n.installed ?? "",
        n.fixed ?? "not yet", role(n)])]);
}

function role(n) {
  return n.origin && n.carrier ? "brought it in, has the bytes"
    : n.origin ? "brought it in"
      : n.carrier ? "has the bytes" : "inherits it";
}

function list(nodes) {
  return nodes.length === 0 ? "no image here"
    : nodes.slice(0, 5).map((n, i) => [i > 0 && ", ", imageLink(n.image, title(n))])
      .concat(nodes.length > 5 ? [`, and ${nodes.length - 5} more`] : []);
}

export async function bases(page, app) {
  add(page, [h("h1", null, "Bases"),
    h("p", {class: "faint"}, "Is something newer behind the tag of a base? The registries are asked for",
      " digests; nothing is pulled.")]);
  const waiting = h("p", {class: "busy"}, "Asking the registries…");
  page.append(waiting);
  const {images} = await api.get("outdated").finally(() => waiting.remove());
  add(page, [images.length === 0
    ? notice("", "No image here says which base it was made from.")
    : longTable("Bases of images", ["Image", "Base", "State", "Newer", "Do"], images, (i) => [
      imageLink(i.image, title(app.node(i.image) ?? i)), i.base?.name ?? "",
      h("span", {class: "tag " + (i.state === "outdated" ? "warn" : "")}, i.state ?? "unknown"),
      i.newer ? [h("code", {title: i.newer.digest}, short(i.newer.digest)),
        i.newer.created ? " " + when(i.newer.created) : ""] : i.reason ?? "",
      i.state === "outdated" && h("a", {href: "#/rebase?image=" + encodeURIComponent(i.image)
        + "&onto=" + encodeURIComponent(i.base?.name ?? "")}, "What if…")])]);
}

