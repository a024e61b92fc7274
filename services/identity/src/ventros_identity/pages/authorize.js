// The page that asks a person whether an application may act for them. Tokens live in this
// closure alone: nothing is stored, and the page signs itself out when it is done.
(() => {
  "use strict";

  const asked = new URLSearchParams(location.search);
  const STEPS = ["sign-in", "factor", "consent", "done"];
  const $ = (id) => document.getElementById(id);
  let token = null;
  let challenge = null;

  const WORDS = {
    invalid_credentials: "The e-mail address or the password is wrong.",
    second_factor_invalid: "The code is wrong, was used, or is too old.",
    authorization_refused: "Your company does not know this application, or it is switched off.",
    rate_limited: "Too many attempts. Please wait a moment.",
    too_many_attempts: "Too many attempts. Please wait a moment.",
  };

  class Refused extends Error {
    constructor(problem) {
      super(WORDS[problem.code] ?? problem.detail ?? problem.title ?? "That did not work.");
      this.problem = problem;
    }
  }

  async function call(method, path, body) {
    const headers = { Accept: "application/json" };
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    let answer;
    try {
      answer = await fetch(path, {
        method,
        headers,
        body: body ? JSON.stringify(body) : undefined,
        credentials: "omit",
        signal: AbortSignal.timeout(30_000),
      });
    } catch {
      throw new Refused({ detail: "The server does not answer. Please try again." });
    }
    const text = await answer.text();
    const content = text ? JSON.parse(text) : null;
    if (!answer.ok) throw new Refused(content ?? {});
    return content;
  }

  function show(step) {
    $("problem").hidden = true;
    for (const one of STEPS) $(one).hidden = one !== step;
    $(step).querySelector("input, select, #allow")?.focus();
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
      complain(error);
    } finally {
      for (const one of buttons) one.disabled = false;
    }
  }

  async function signIn() {
    const body = { email: $("email").value, password: $("password").value };
    try {
      const answer = await call("POST", "/v1/auth/sign-in", body);
      await enter(answer);
    } catch (error) {
      if (error.problem?.code !== "second_factor_required") throw error;
      challenge = error.problem.challenge;
      show("factor");
    }
    $("password").value = "";
  }

  async function secondFactor() {
    const body = { challenge, code: $("code").value.trim() };
    $("code").value = "";
    await enter(await call("POST", "/v1/auth/second-factor", body));
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
      call("GET", `/v1/oauth/authorizations?${asked}`),
      call("GET", "/v1/me"),
      call("GET", "/v1/me/projects?limit=200"),
    ]);
    $("application").textContent = what.application_name;
    $("who").textContent = me.user.email;
    $("where").textContent = new URL(what.redirect_uri).host;
    $("scopes").replaceChildren(
      ...what.scopes.map(({ scope, description }) => {
        const item = document.createElement("li");
        item.textContent = description;
        item.title = scope;
        return item;
      }),
    );
    if (what.allowed_before) {
      const fresh = what.scopes.filter(({ scope }) => !what.allowed_before.includes(scope));
      $("before").textContent = fresh.length
        ? `You have let it in before. New is: ${fresh.map((one) => one.description).join(", ")}.`
        : "You have let it do this before.";
      $("before").hidden = false;
    }
    $("project").replaceChildren(
      ...projects.items.map(({ id, name }) => new Option(name, id, id === current, id === current)),
    );
    $("choice").hidden = projects.items.length < 2;
    show("consent");
  }

  async function decide(decision) {
    const body = Object.fromEntries(
      [
        "client_id",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
        "code_challenge",
        "code_challenge_method",
      ]
        .filter((name) => asked.get(name))
        .map((name) => [name, asked.get(name)]),
    );
    body.decision = decision;
    if ($("project").value) body.project_id = $("project").value;
    const { redirect_to: address } = await call("POST", "/v1/oauth/authorizations", body);
    await signOut();
    show("done");
    location.replace(address);
  }

  async function signOut() {
    try {
      await call("POST", "/v1/auth/sign-out");
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
