// What if: a plan for another base or a fix, its verdict for each image and why; and the roll-out of
// it, level by level, as the engine tells it.

import * as api from "./api.js";
import {add, announce, confirm, count, figure, h, imageLink, notice, short, size, title, when} from "./dom.js";
import {rollBack} from "./history.js";

const VERDICTS = {
  same: "nothing to do",
  proven: "layers swapped; equal to a rebuild",
  checked: "layers swapped; every check holds",
  merge: "layers swapped; package databases merged, caches made anew",
  rerun: "steps run again",
  refuse: "refused",
};

// ---- the question

export async function rebase(page, app, _, query) {
  const node = app.node(query.get("image"));
  if (!node) {
    throw new Error("choose an image in the tree first");
  }
  const parent = app.node(node.parent);
  const below = app.below(node.id).length;
  const name = title(node);
  // What derives from nothing has no base to change; what can change is what its dependents stand on.
  const own = choice("own", parent, ["Give ", name, " another base"]);
  const instead = choice("instead", !parent, ["Put another image in the place of ", name, ", for what derives from it"]);
  const onto = h("input", {id: "onto", list: "names", required: true, autocomplete: "off", spellcheck: "false",
    value: query.get("onto") ?? "", placeholder: "name:tag"});
  const all = h("input", {type: "checkbox", id: "all", checked: true});
  const release = h("input", {type: "checkbox", id: "release"});
  const force = h("input", {type: "checkbox", id: "force"});
  const submit = h("button", {type: "button", class: "primary", onclick: ask}, "Plan");
  const failed = h("div", null);
  onto.addEventListener("keydown", (e) => e.key === "Enter" && ask());
  add(page, [h("h1", null, "What if… ", name),
    h("p", {class: "faint"}, "A plan changes nothing. It says for each image what would be swapped, merged,",
      " run again or refused, and why."),
    h("div", {class: "form"},
      parent && below > 0 && [h("span", null), h("div", {role: "radiogroup", "aria-label": "What changes"},
        own.line, instead.line)],
      h("label", {for: "onto"}, "New base"), onto,
      h("datalist", {id: "names"}, app.nodes.filter((n) => n.id !== node.id)
        .flatMap((n) => n.names ?? []).map((each) => h("option", {value: each}))),
      below > 0 && [h("span", null), h("label", null, all, ` and all dependents (${below})`)],
      h("span", null), h("label", null, release, " allow another release of the distribution"),
      h("span", null), h("label", null, force, " force: take what a check refuses; images say so for good"),
      h("span", null), submit), failed]);

  async function ask() {
    failed.replaceChildren();
    if (!onto.value.trim()) {
      onto.focus();
      failed.append(notice("bad", "Name the new base."));
      return;
    }
    submit.setAttribute("disabled", "");
    announce("planning");
    try {
      const made = await api.post("plans", {kind: "rebase", image: node.names?.[0] ?? node.id, onto: onto.value.trim(),
        tree: all.checked, replace: instead.box.checked, allowReleaseChange: release.checked, force: force.checked});
      location.hash = "#/plan/" + made.digest;
    } catch (e) {
      submit.removeAttribute("disabled");
      failed.append(notice("bad", e.message));
    }
  }
}

function choice(value, checked, text) {
  const box = h("input", {type: "radio", name: "what", value, checked: checked ? true : null});
  return {box, line: h("label", {class: "choice"}, box, " ", text)};
}

// ---- the plan

export async function plan(page, app, [digest]) {
  const p = await api.get("plans/" + digest);
  const closes = p.totals?.closes ?? 0;
  add(page, [
    h("h1", null, p.what || p.kind),
    h("p", {class: "names"}, h("code", {title: p.digest}, short(p.digest)), " ", when(p.created)),
    h("dl", {class: "figures"},
      figure("Images", p.totals?.nodes ?? p.nodes.length),
      figure("Closes", count(closes, "finding")),
      figure("Reused", size(p.totals?.reused)), figure("Written", size(p.totals?.written))),
    parents(p),
  ]);
  const rows = new Map();
  const levels = h("div", {class: "levels"});
  for (const [level, nodes] of Map.groupBy(p.nodes, (n) => n.level ?? 1)) {
    add(levels, [h("section", {"aria-labelledby": "level-" + level},
      h("h2", {id: "level-" + level}, `Level ${level} `, h("span", {class: "faint"}, count(nodes.length, "image"))),
      nodes.map((n) => {
        const r = row(n, app);
        rows.set(n.image, r);
        return r.element;
      }))]);
  }
  add(page, [rollout(p, app, rows), verdicts(p, rows), levels]);
}

const HOW = {given: "is here", pull: "pulled", rerun: "built again", patch: "patched by a step"};

function parents(p) {
  return (p.parents ?? []).length > 0 && [h("h2", null, "The new parent"), h("ul", {class: "plain"},
    p.parents.map((x) => h("li", null, h("strong", null, title(x)), " ",
      h("span", {class: "tag"}, HOW[x.how] ?? x.how), " ", x.text ?? "",
      x.command && h("code", {class: "instruction"}, x.command))))];
}

/** Buttons with the number of each verdict; a pressed one hides the others. */
function verdicts(p, rows) {
  let only = null;
  const buttons = Object.keys(VERDICTS).filter((v) => (p.totals?.[v] ?? 0) > 0).map((v) =>
    h("button", {type: "button", class: "verdict " + v, "aria-pressed": "false", title: VERDICTS[v],
      onclick: () => {
        only = only === v ? null : v;
        buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.verdict === only)));
        rows.forEach((r) => r.element.classList.toggle("away", only !== null && r.verdict !== only));
      }, "data-verdict": v}, `${p.totals[v]} ${v}`));
  return h("div", {class: "bar verdicts", role: "group", "aria-label": "Show only one verdict"}, buttons);
}

function row(n, app) {
  const state = h("span", {class: "state"});
  const element = h("details", {class: "node " + n.verdict, "data-image": n.image},
    h("summary", null,
      h("span", {class: "who"}, title(n.names?.length ? n : app.node(n.image) ?? n)),
      h("span", {class: "verdict " + n.verdict, title: VERDICTS[n.verdict]}, n.verdict),
      n.trust && n.trust !== "none" && h("span", {class: "tag" + (n.trust === "unknown" ? " warn" : ""),
        title: n.trust === "unknown" ? "no promise of the distribution covers this: test it" : ""},
      n.trust === "unknown" ? "trust unknown" : n.trust),
      h("span", {class: "faint"}, facts(n)), state));
  element.addEventListener("toggle", () => {
    if (element.open && element.children.length === 1) {
      element.append(details(n));
    }
  });
  return {element, state, verdict: n.verdict};
}

function facts(n) {
  return [n.swapped > 0 && count(n.swapped, "layer") + " swapped", n.written > 0 && size(n.written) + " written",
    n.closes?.length > 0 && "closes " + n.closes.length, n.opens?.length > 0 && "opens " + n.opens.length]
    .filter(Boolean).join(" · ");
}

function details(n) {
  const cves = (ids) => ids.map((id, i) => [i > 0 && ", ", h("a", {href: "#/cve/" + encodeURIComponent(id)}, id)]);
  return h("div", {class: "why"},
    (n.reasons ?? []).length > 0 && h("ul", null, n.reasons.map((r) => h("li", null,
      r.check && h("span", {class: "tag"}, r.check), " ", r.text,
      (r.paths ?? []).length > 0 && h("code", {class: "paths"}, r.paths.slice(0, 20).join("\n")
        + (r.paths.length > 20 ? `\n… ${r.paths.length - 20} more` : ""))))),
    n.unblock && h("p", null, h("strong", null, "What would help: "), n.unblock),
    (n.steps ?? []).length > 0 && h("ol", {class: "layers"}, n.steps.map((s) => h("li", null,
      h("div", {class: "layer"}, h("span", {class: "verdict " + s.verdict}, s.verdict),
        h("code", {class: "instruction"}, s.instruction), h("span", {class: "faint"}, s.text ?? ""))))),
    (n.merged ?? []).length > 0 && h("p", null, "Merged: ", h("code", null, n.merged.join(", "))),
    (n.generated ?? []).length > 0 && h("p", null, "Made anew in a container without a network: ",
      n.generated.map((g, i) => [i > 0 && "; ", h("code", null, g.command.join(" ")), " for ",
        h("code", null, g.paths.join(", "))])),
    n.test && h("p", null, "Test: ", h("code", null, n.test)),
    (n.closes ?? []).length > 0 && h("p", null, "Closes ", cves(n.closes)),
    (n.opens ?? []).length > 0 && h("p", null, "Opens ", cves(n.opens)),
    h("p", null, imageLink(n.image, "The image as it is now")));
}

// ---- the roll-out

function rollout(p, app, rows) {
  const test = h("input", {id: "test", autocomplete: "off", spellcheck: "false",
    placeholder: "its health check, if it has one"});
  const failure = h("select", {id: "failure"},
    ["stop", "continue", "rollback"].map((v) => h("option", {value: v}, v)));
  const recreate = h("input", {type: "checkbox", id: "recreate"});
  const force = h("input", {type: "checkbox", id: "untested"});
  const untested = p.nodes.filter((n) => n.trust === "unknown").length;
  const refused = p.totals?.refuse ?? 0;
  const names = p.nodes.filter((n) => n.verdict !== "refuse" && n.verdict !== "same")
    .reduce((all, n) => all + (n.names?.length ?? 0), 0);
  const apply = h("button", {type: "button", class: "primary", onclick: run}, "Roll out…");
  const told = h("div", {class: "told"});
  const box = h("section", {class: "rollout", "aria-labelledby": "rollout-title"},
    h("h2", {id: "rollout-title"}, "Roll-out"),
    h("div", {class: "form"},
      h("label", {for: "test"}, "Test command"), test,
      h("label", {for: "failure"}, "If one fails"), failure,
      h("span", null), h("label", null, recreate, " recreate running containers, one after the other"),
      untested > 0 && [h("span", null), h("label", null, force,
        ` force: ${count(untested, "image")} that nobody vouches for, without a test`)],
      h("span", null), apply), told);
  return box;

  async function run() {
    const yes = await confirm(`Roll out to ${count(names, "name")}?`,
      "All names are switched at once when every image is ready; until then nothing changes. It can be"
      + " rolled back." + (refused ? ` ${count(refused, "image")} will stay as they are.` : "")
      + (force.checked ? " Programs in images without a test may crash: nobody has tried them." : ""), "Roll out");
    if (!yes) {
      return;
    }
    apply.setAttribute("disabled", "");
    const bar = h("progress", {max: p.nodes.length, value: 0, "aria-label": "Images that are ready"});
    const line = h("p", null, "Beginning…");
    told.replaceChildren(bar, line);
    const done = new Set();
    const body = {test: test.value.trim() ? ["sh", "-c", test.value.trim()] : null,
      onFailure: failure.value, recreate: recreate.checked, force: force.checked};
    try {
      let ended = false;
      await api.stream(`plans/${p.digest}/apply`, body, (e) => {
        ended ||= e.event === "done" || e.event === "error";
        event(e, bar, line, done);
      });
      if (!ended) {
        told.append(notice("bad", "The engine ended the roll-out without a word. ",
          h("a", {href: "#/history"}, "See which names were switched"), "."));
      }
    } catch (e) {
      told.append(notice("bad", e.message));
    }
    apply.removeAttribute("disabled");
    app.refresh().catch(() => {});
  }

  function event(e, bar, line, done) {
    switch (e.event) {
      case "parent": case "node": {
        const r = rows.get(e.image);
        if (r) {
          r.state.className = "state " + e.state;
          r.state.textContent = "";
          add(r.state, [e.state, e.message && e.state === "failed" ? ": " + e.message : ""]);
        }
        if (["ready", "failed", "skipped"].includes(e.state) && e.event === "node") {
          done.add(e.image);
          bar.setAttribute("value", done.size);
        }
        line.textContent = "";
        add(line, [`${done.size} of ${p.nodes.length} done; ${title(e)} ${e.state}`, e.message && ": " + e.message]);
        // Now and then is enough for ears.
        if (e.state === "failed" || (e.state === "ready" && done.size % 10 === 0)) {
          announce(`${title(e)} ${e.state}; ${done.size} of ${p.nodes.length}`);
        }
        break;
      }
      case "switch":
        line.textContent = `${count(e.names, "name")} switched`;
        break;
      case "container":
        add(told, [h("p", null, `Container ${e.name ?? short(e.id)}: ${e.state}`, e.message && ` (${e.message})`)]);
        break;
      case "done":
        bar.setAttribute("value", p.nodes.length);
        line.textContent = "";
        told.append(e.generation
          ? notice("good", `Generation ${e.generation}: ${count(e.switched ?? 0, "image")} switched`,
            e.skipped ? `, ${e.skipped} skipped` : "", ". ", rollBack(e.generation, app, told))
          : notice("", "Nothing was switched."));
        announce(`roll-out done, ${e.switched ?? 0} switched`);
        break;
      case "error":
        told.append(notice("bad", e.message));
        break;
      default:
        // A later engine's: the events that count are above.
    }
  }
}
