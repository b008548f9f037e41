// What was rolled out, and the way back.

import * as api from "./api.js";
import {add, announce, confirm, count, h, imageLink, longTable, notice, short, title, when} from "./dom.js";

export async function rollouts(page, app) {
  const [generations, plans] = await Promise.all([api.get("generations"), api.get("plans")]);
  const told = h("div", {class: "told"});
  add(page, [h("h1", null, "Roll-outs"), told,
    generations.length === 0 ? h("p", null, "Nothing was rolled out yet.")
      : longTable("Generations", ["Generation", "When", "What", "Names", "State", "Do"],
        [...generations].sort((a, b) => b.generation - a.generation), (g) => [
          String(g.generation), time(g.created),
          g.plan ? h("a", {class: "long", href: "#/plan/" + g.plan}, g.what) : g.what ?? "",
          moved(g, app), h("span", {class: "tag" + (g.state === "partly moved" ? " warn" : "")}, g.state ?? ""),
          g.state !== "rolled back" && rollBack(g.generation, app, told)], 50),
    h("h2", null, "Plans"),
    plans.length === 0 ? h("p", null, "No plan is kept.")
      : longTable("Plans", ["Plan", "When", "What", "State"], plans, (p) => [
        h("a", {href: "#/plan/" + p.digest}, short(p.digest)), time(p.created), p.what || p.kind, p.state ?? ""],
        50)]);
}

const time = (at) => h("span", {class: "version"}, when(at));

function moved(g, app) {
  const names = g.names ?? [];
  return h("details", null, h("summary", null, count(names.length, "name")),
    h("ul", {class: "plain"}, names.slice(0, 300).map((n) => h("li", null, n.name, " ",
      known(n.from, app), " → ", known(n.to, app)))));
}

const known = (id, app) => app.node(id) ? imageLink(id, short(id)) : h("code", null, short(id));

/** A button that takes a generation back, after asking; what comes of it is told in `told`. */
export function rollBack(generation, app, told) {
  const button = h("button", {type: "button", onclick: () => run(false)}, `Roll back ${generation}…`);
  return button;

  async function run(force) {
    const yes = await confirm(`Roll back generation ${generation}?`, force
      ? "Some of its names were moved since. They would be set back as well."
      : "All its names go back to the images that they had before, at once.", "Roll back");
    if (!yes) {
      return;
    }
    button.setAttribute("disabled", "");
    try {
      let wrong = null;
      await api.stream(`generations/${generation}/rollback${force ? "?force=1" : ""}`, {}, (e) => {
        if (e.event === "error") {
          wrong = e.message;
        } else if (e.event === "container") {
          add(told, [h("p", null, `Container ${e.name ?? title(e)}: ${e.state}`)]);
        }
      });
      if (wrong) {
        throw new Error(wrong);
      }
      told.append(notice("good", `Generation ${generation} was rolled back.`));
      announce(`generation ${generation} was rolled back`);
      await app.refresh();
    } catch (e) {
      button.removeAttribute("disabled");
      told.append(notice("bad", e.message, e.status === 409 && !force
        && [" ", h("button", {type: "button", onclick: () => run(true)}, "Set all of them back…")]));
    }
  }
}
