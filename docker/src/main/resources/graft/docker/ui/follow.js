// What follows an image when its name moves: the policy, what became of it last, and the registry
// that is asked.

import * as api from "./api.js";
import {add, announce, confirm, h, notice, short, when} from "./dom.js";

const SWAPS = {proven: "equal to a rebuild", checked: "every check holds", merge: "package database merged"};
const EVERY = {"": "only when told", 3600: "every hour", 21600: "every 6 hours", 86400: "every day"};

/** For each name of the image, whether it is followed, and a way to change that. */
export async function following(node, app) {
  const box = h("section", {class: "follows", "aria-labelledby": "follows-title"},
    h("h2", {id: "follows-title"}, "When its name moves"));
  const all = await api.get("follow");
  for (const name of node.names ?? []) {
    box.append(line(name, all.find((f) => f.name === name), app));
  }
  return box;
}

function line(name, known, app) {
  const told = h("div", {class: "told"});
  const change = h("button", {type: "button", "aria-expanded": "false", onclick: () => {
    const open = change.getAttribute("aria-expanded") === "false";
    change.setAttribute("aria-expanded", String(open));
    told.replaceChildren();
    if (open) {
      told.append(form(name, known, app, done));
    }
  }}, known ? "Change…" : "Let all that stands on it follow…");
  const element = h("div", {class: "follow", "data-name": name},
    h("p", null, h("strong", null, name), " ", known ? state(known) : "nothing follows by itself ", change,
      known?.registry && [" ", ask()], known && [" ", stop()]), told);
  return element;

  function done(next) {
    element.replaceWith(line(name, next, app));
    app.refresh().catch(() => {});
  }

  function ask() {
    const button = h("button", {type: "button", onclick: async () => {
      button.setAttribute("disabled", "");
      announce("asking the registry");
      try {
        done(await api.post(`follow/${name}/ask`, {}));
      } catch (e) {
        button.removeAttribute("disabled");
        told.replaceChildren(notice("bad", e.message));
      }
    }}, "Ask its registry");
    return button;
  }

  function stop() {
    return h("button", {type: "button", onclick: async () => {
      if (await confirm(`Follow ${name} no more?`, "What moved stays as it is.", "Stop")) {
        try {
          await api.remove("follow/" + name);
          done(undefined);
        } catch (e) {
          told.replaceChildren(notice("bad", e.message));
        }
      }
    }}, "Stop…");
  }
}

function state(f) {
  const r = f.registry ?? {};
  const every = r.every && (EVERY[r.every] ?? `every ${Math.round(r.every / 60)} minutes`);
  return [h("span", {class: "tag" + (f.state === "failed" || f.state === "reported" ? " warn" : "")}, f.state), " ",
    f.last && [f.last.text, " (", when(f.last.at), ") ",
      f.last.plan && h("a", {href: "#/plan/" + f.last.plan}, "plan " + short(f.last.plan)), " "],
    every && h("span", {class: "faint"}, `its registry is asked ${every}`, r.asked ? ", last " + when(r.asked) : "",
      " "),
    r.failures > 0 && h("span", {class: "tag warn", title: r.trouble}, `unreachable: ${r.trouble}`), " "];
}

function form(name, known, app, done) {
  const policy = known?.policy ?? {verdicts: Object.keys(SWAPS), trust: ["distro-stable"], rerun: false, test: null};
  const box = (checked, text) => {
    const input = h("input", {type: "checkbox", checked});
    return {input, label: h("label", null, input, " ", text)};
  };
  const verdicts = Object.entries(SWAPS).map(([word, text]) =>
    ({word, ...box(policy.verdicts.includes(word), `swaps that are ${word}: ${text}`)}));
  const rerun = box(policy.rerun, "build again what cannot be swapped");
  const unknown = box(policy.trust.includes("unknown"), "also what nobody vouches for");
  const test = h("input", {id: "follow-test", autocomplete: "off", spellcheck: "false",
    value: policy.test ? policy.test.at(-1) : "", placeholder: "its health check, if it has one"});
  const seconds = known?.registry?.every ?? "";
  const every = h("select", {id: "follow-every"},
    Object.entries(Object.hasOwn(EVERY, seconds) ? EVERY : {...EVERY, [seconds]: `every ${seconds} seconds`})
      .map(([value, text]) => h("option", {value, selected: String(seconds) === value}, text)));
  const failed = h("div", null);
  const save = h("button", {type: "button", class: "primary", onclick: async () => {
    save.setAttribute("disabled", "");
    try {
      done(await api.put("follow/" + name, {
        verdicts: verdicts.filter((v) => v.input.checked).map((v) => v.word),
        trust: ["distro-stable", ...(unknown.input.checked ? ["unknown"] : [])],
        rerun: rerun.input.checked, recreate: policy.recreate ?? false,
        test: test.value.trim() ? ["sh", "-c", test.value.trim()] : null,
        every: every.value ? Number(every.value) : null}));
      announce(name + " is followed");
    } catch (e) {
      save.removeAttribute("disabled");
      failed.replaceChildren(notice("bad", e.message));
    }
  }}, "Follow");
  return h("div", {class: "form", "data-form": name},
    h("span", null, "Without asking"), h("div", null, verdicts.map((v) => [v.label, " "]), rerun.label, " ",
      unknown.label),
    h("label", {for: "follow-test"}, "Test command"), test,
    h("label", {for: "follow-every"}, "Ask its registry"), every,
    h("span", null), save, h("span", null), failed);
}
