"use strict";
const byId = (id) => document.getElementById(id);
const form = byId("filter");
const inputs = { words: byId("words"), producer: byId("producer"), class: byId("class"), state: byId("state") };
const events = [...document.querySelectorAll("details")];
const sections = [...document.querySelectorAll("section")];

function show() {
  const words = inputs.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const event of events) {
    const fits =
      words.every((word) => event.dataset.words.includes(word)) &&
      (!inputs.class.value || event.dataset.class === inputs.class.value) &&
      (!inputs.state.value || event.dataset.state === inputs.state.value) &&
      (!inputs.producer.value ||
        event.parentElement.dataset.producer === inputs.producer.value);
    event.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  for (const section of sections) {
    const left = section.querySelectorAll("details:not([hidden])").length;
    section.hidden = left === 0;
    section.querySelector(".count").textContent = left;
  }
  byId("shown").textContent = shown === 1 ? "1 event" : `${shown} events`;
  byId("nothing").hidden = shown > 0;
}

/* A link to one event opens it, whatever is filtered. */
function follow() {
  const event = byId(decodeURIComponent(location.hash.slice(1)));
  if (event instanceof HTMLDetailsElement) {
    if (event.hidden) startOver();
    event.open = true;
    event.scrollIntoView();
  }
}

function startOver() {
  form.reset();
  show();
}

function move(step) {
  const rows = [...document.querySelectorAll("section:not([hidden]) details:not([hidden]) > summary")];
  const here = rows.indexOf(document.activeElement);
  const next = rows[here < 0 ? (step > 0 ? 0 : rows.length - 1) : here + step];
  if (next) next.focus();
  else if (here === 0) inputs.words.focus();
}

addEventListener("keydown", (key) => {
  if (key.ctrlKey || key.metaKey || key.altKey) return;
  const target = key.target;
  const typing = target instanceof HTMLInputElement;
  if (key.key === "/" && !typing) inputs.words.focus();
  else if (key.key === "Escape") { startOver(); inputs.words.focus(); }
  else if (target instanceof HTMLSelectElement || target.matches("pre, .table")) return;
  else if (key.key === "ArrowDown") move(1);
  else if (key.key === "ArrowUp" && !typing) move(-1);
  else return;
  key.preventDefault();
});

for (const event of events) {
  event.addEventListener("toggle", () => {
    if (event.open && !event.hidden) history.replaceState(null, "", `#${event.id}`);
  });
}
form.addEventListener("input", show);
form.addEventListener("submit", (sent) => sent.preventDefault());
addEventListener("hashchange", follow);
form.hidden = false;
show();
follow();
