// The page that asks a person whether an application may act for them. Tokens live in this
// closure alone: nothing is stored, and the page signs itself out when it is done.
(() => {
  "use strict";

  const asked = new URLSearchParams(location.search);
  // The API stands beside this page, wherever the two are served.
  const api = new URL("../v1/", location.href);
  const STEPS = ["sign-in", "factor", "consent", "done"];
  const SILENT = "The server does not answer as it should. Please try again.";
  const WORDS = {
    invalid_credentials: "The e-mail address or the password is wrong.",
    second_factor_invalid: "The code is wrong, was used, or is too old.",
    authorization_refused: "Your company does not know this application, or it is switched off.",
    rate_limited: "Too many attempts. Please wait a moment.",
    too_many_attempts: "Too many attempts. Please wait a moment.",
  };
  // As the server reads it: what is sent without a value is as good as not sent.
  const given = (name) => asked.getAll(name).find((value) => value);
  const $ = (id) => document.getElementById(id);
  let token = null;
  let challenge = null;
  let shown = null;

  class Refused extends Error {
    constructor(problem, status) {
      super(WORDS[problem.code] ?? problem.detail ?? problem.title ?? SILENT);
      this.problem = problem;
      this.status = status;
    }
  }

  async function call(method, path, body) {
    const headers = { Accept: "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    let answer, content;
    try {
      answer = await fetch(new URL(path, api), {
        method,
        headers,
        body: body ? JSON.stringify(body) : undefined,
        credentials: "omit",
        signal: AbortSignal.timeout(30_000),
      });
      const text = await answer.text();
      content = text ? JSON.parse(text) : {};
    } catch {
      throw new Refused({});
    }
    if (!answer.ok) throw new Refused(content, answer.status);
    return content;
  }

  async function every(path) {
    const items = [];
    let cursor = null;
    do {
      const from = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
      const page = await call("GET", `${path}?limit=200${from}`);
      items.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor);
    return items;
  }

  function show(step) {
    $("problem").hidden = true;
    for (const one of STEPS) $(one).hidden = one !== step;
    // Where something is decided nothing is under the finger yet.
    ($(step).querySelector("input") ?? $(step).querySelector("h1")).focus();
  }

  function complain(error) {
    $("problem").textContent = error.message;
    $("problem").hidden = false;
  }

  // One thing at a time: what is pressed twice is done once.
  async function busy(form, work) {
    const buttons = [...form.querySelectorAll("button")];
    for (const one of buttons) one.disabled = true;
    try {
      await work();
    } catch (error) {
      if (token && error.status === 401) {
        token = null;
        show("sign-in");
        error.message = "That took a while. Please sign in again.";
      }
      complain(error);
    } finally {
      for (const one of buttons) one.disabled = false;
    }
  }

  async function signIn() {
    const body = {
      email: $("email").value,
      password: $("password").value,
      client_id: given("client_id"),
    };
    try {
      await enter(await call("POST", "auth/sign-in", body));
    } catch (error) {
      if (error.problem?.code !== "second_factor_required") {
        $("password").select();
        throw error;
      }
      challenge = error.problem.challenge;
      show("factor");
    }
    $("password").value = "";
  }

  async function secondFactor() {
    const body = { challenge, code: $("code").value.trim() };
    $("code").value = "";
    $("code").focus();
    await enter(await call("POST", "auth/second-factor", body));
  }

  async function enter(answer) {
    token = answer.access_token;
    try {
      await ask(answer.project_id);
    } catch (error) {
      await signOut();
      show("sign-in");
      throw error;
    }
  }

  async function ask(current) {
    const [what, me, projects] = await Promise.all([
      call("GET", `oauth/authorizations?${asked}`),
      call("GET", "me"),
      every("me/projects"),
    ]);
    shown = what;
    $("application").textContent = what.application_name;
    $("who").textContent = me.user.email;
    $("where").textContent = new URL(what.redirect_uri).host;
    const known = new Set(what.allowed_before ?? []);
    $("scopes").replaceChildren(
      ...what.scopes.map(({ scope, description }) => {
        const item = document.createElement("li");
        item.textContent = description;
        item.title = scope;
        if (known.size && !known.has(scope)) {
          const mark = document.createElement("span");
          mark.className = "new";
          mark.textContent = "new";
          item.append(" ", mark);
        }
        return item;
      }),
    );
    const same = what.scopes.every(({ scope }) => known.has(scope));
    $("before").textContent = same
      ? "You have let it do this before."
      : "You have let it in before, for less.";
    $("before").hidden = !known.size;
    $("project").replaceChildren(
      ...projects.map(({ id, name }) => new Option(name, id, id === current, id === current)),
    );
    $("choice").hidden = projects.length < 2;
    show("consent");
  }

  async function decide(decision) {
    const body = {
      decision,
      client_id: given("client_id"),
      response_type: given("response_type"),
      state: given("state"),
      code_challenge: given("code_challenge"),
      code_challenge_method: given("code_challenge_method"),
      // What was read here is what is allowed, whatever the address says.
      redirect_uri: shown.redirect_uri,
      scope: shown.scopes.map(({ scope }) => scope).join(" "),
      project_id: $("project").value || undefined,
    };
    const { redirect_to: address } = await call("POST", "oauth/authorizations", body);
    await signOut();
    show("done");
    location.replace(address);
  }

  async function signOut() {
    try {
      await call("POST", "auth/sign-out");
    } catch {
      // It runs out by itself.
    }
    token = null;
  }

  function on(form, work) {
    $(form).addEventListener("submit", (event) => {
      event.preventDefault();
      busy($(form), work);
    });
  }

  on("sign-in", signIn);
  on("factor", secondFactor);
  on("consent", () => decide("allow"));
  $("deny").addEventListener("click", () => busy($("consent"), () => decide("deny")));
  show("sign-in");
})();
