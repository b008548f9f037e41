// The way to the engine: same origin only, with the key that the link was exchanged for.

const NAME = "graft.key";
const ROOT = "/graft/v1/lineage/";

let key = "";

/** What the engine, or the gateway before it, said no with. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

function kept() {
  try {
    return localStorage.getItem(NAME) ?? "";
  } catch {
    return "";
  }
}

function keep(value) {
  try {
    value ? localStorage.setItem(NAME, value) : localStorage.removeItem(NAME);
  } catch {
    // Without storage the key lasts as long as this tab.
  }
}

/** Exchanges the token of the link for a key, or takes the one of before. */
export async function enter() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  key = kept();
  if (token) {
    history.replaceState(null, "", "/");
    const reply = await fetch("/session", {method: "POST", body: token, credentials: "omit"});
    if (reply.ok) {
      key = (await reply.json()).key;
      keep(key);
    } else if (!key) {
      throw await failure(reply);
    }
  }
  if (!key) {
    throw new ApiError(401, "this browser has no key; use the link that graft ui printed last");
  }
}

async function failure(reply) {
  let message = "the engine answered " + reply.status;
  try {
    message = (await reply.json()).message || message;
  } catch {
    // No JSON: the status is all there is.
  }
  if (reply.status === 401) {
    keep("");
  }
  return new ApiError(reply.status, message);
}

async function ask(path, options = {}) {
  let reply;
  try {
    reply = await fetch(path, {
      ...options,
      credentials: "omit",
      headers: {Authorization: "Bearer " + key, ...options.headers},
    });
  } catch (e) {
    if (e.name === "AbortError") {
      throw e;
    }
    throw new ApiError(0, "graft ui does not answer: does it still run?");
  }
  if (!reply.ok) {
    throw await failure(reply);
  }
  return reply;
}

export const get = async (path) => (await ask(ROOT + path)).json();

export const layers = async (id) => (await ask(`/graft/v1/images/${id}/layers`)).json();

const json = (body, method = "POST") => ({
  method,
  body: JSON.stringify(body),
  headers: {"Content-Type": "application/json"},
});

export const post = async (path, body) => (await ask(ROOT + path, json(body))).json();

export const put = async (path, body) => (await ask(ROOT + path, json(body, "PUT"))).json();

export const remove = (path) => ask(ROOT + path, {method: "DELETE"});

async function lines(reply, each) {
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const {value, done} = await reader.read();
    const all = (rest + (value ?? "")).split("\n");
    rest = done ? "" : all.pop();
    all.filter((line) => line.trim()).forEach(each);
    if (done) {
      return;
    }
  }
}

/** Posts, and hands on each JSON object of the answer as it comes. */
export async function stream(path, body, each) {
  await lines(await ask(ROOT + path, json(body)), (line) => each(JSON.parse(line)));
}

/** Calls back with "image" or "container" whenever something happened to one; ends never by itself. */
export async function changes(each) {
  for (let pause = 1; ; pause = Math.min(pause * 2, 60)) {
    try {
      await lines(await ask("/changes"), (word) => {
        pause = 1;
        each(word.trim());
      });
    } catch (e) {
      if (e.status === 401) {
        return;
      }
    }
    await new Promise((go) => setTimeout(go, pause * 1000));
  }
}
