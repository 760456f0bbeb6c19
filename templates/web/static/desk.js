// The desk's own script: drag and drop, keys, live lengths. Everything it does, a form does too.
(() => {
  "use strict";
  const one = (query, within = document) => within.querySelector(query);
  const all = (query, within = document) => [...within.querySelectorAll(query)];
  let current = ""; // the id of the story that has the keys
  let kept = null; // what was typed and not saved when the middle was swapped

  const act = (wanted) => {
    const form = one("#act");
    if (!form) return;
    const data = Object.fromEntries(new FormData(form));
    htmx.ajax("POST", form.action, { source: form, target: "#day", swap: "outerHTML", values: { ...data, do: wanted } });
  };
  const spot = (id, section, at, from) => {
    if (section === "bench") return `drop ${id}`;
    const was = from ? ` from ${from}` : "";
    return section === "top" ? `pin ${id} ${at}${was}` : `move ${id} ${section} ${at}${was}`;
  };
  const say = (text) => {
    const said = one("#said");
    if (!said) return;
    const word = document.createElement("div");
    word.className = "word red";
    word.setAttribute("role", "alert");
    word.append(text);
    said.replaceChildren(word);
  };

  // ---- drag and drop
  const draggable = () => {
    if (!one("#draft .grip")) return;
    all("#draft ol[data-section]").filter((list) => !Sortable.get(list)).forEach((list) => {
      new Sortable(list, {
        group: "desk", handle: ".grip, .thumb", draggable: ".story", animation: 120, emptyInsertThreshold: 24,
        ghostClass: "ghost", chosenClass: "held",
        onEnd: (event) => {
          if (event.from === event.to && event.oldDraggableIndex === event.newDraggableIndex) return;
          const same = event.from === event.to;
          const id = event.item.dataset.id;
          current = id;
          act(spot(id, event.to.dataset.section, event.newDraggableIndex + 1, same ? event.oldDraggableIndex + 1 : 0));
        },
      });
    });
  };

  // ---- keys
  const rows = () => all("#draft .story");
  const row = () => one(`#s${CSS.escape(current)}`);
  const focus = (found) => {
    if (!found) return;
    all(".story.current").forEach((each) => each.classList.remove("current"));
    current = found.dataset.id;
    found.classList.add("current");
    found.focus({ preventScroll: true });
    found.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const there = rows();
    const at = there.indexOf(row());
    focus(there[at < 0 ? 0 : Math.max(0, Math.min(there.length - 1, at + by))]);
  };
  const shove = (by) => {
    const story = row();
    if (!story) return;
    const list = story.closest("ol");
    const at = Number(story.dataset.at);
    const inside = at + by;
    if (inside >= 1 && inside <= all(".story", list).length) {
      if (list.dataset.section !== "bench") act(spot(current, list.dataset.section, inside, at));
      return;
    }
    const lists = all("#draft ol[data-section]");
    const next = lists[lists.indexOf(list) + by];
    if (next) act(spot(current, next.dataset.section, by > 0 ? 1 : all(".story", next).length + 1, 0));
  };
  const press = (key) => one(`.quick [data-key="${key}"]`, row() || document.createElement("i"))?.click();
  const shut = () => all(".panel").forEach((panel) => { if (panel.firstElementChild) { panel.replaceChildren(); } });
  const keys = {
    j: () => step(1), k: () => step(-1), J: () => shove(1), K: () => shove(-1),
    Enter: () => one("a.open", row() || document.createElement("i"))?.click(),
    p: () => press("p"), x: () => press("x"), z: () => act("undo"), Z: () => act("redo"),
    a: () => { const add = one(".add"); if (add) { add.open = true; one("input[type=url]", add).focus(); } },
    "?": () => one("#keys")?.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) return;
    const typing = event.target.closest("input, textarea, select");
    if (event.key === "Escape") {
      const id = event.target.closest(".story")?.dataset.id;
      if (typing) typing.blur();
      shut();
      if (id) focus(one(`#s${CSS.escape(id)}`));
      return;
    }
    if (typing || !one("#draft")) return;
    if (event.key === "Enter" && event.target.closest("a, button, summary")) return;
    const wanted = /^[1-9]$/.test(event.key) ? () => {
      const story = row();
      if (story) act(spot(current, "top", event.key, story.closest("ol").dataset.section === "top" ? story.dataset.at : 0));
    } : keys[event.key];
    if (wanted) { event.preventDefault(); wanted(); }
  });
  document.addEventListener("focusin", (event) => {
    const story = event.target.closest(".story");
    if (!story) return;
    all(".story.current").forEach((each) => each.classList.remove("current"));
    story.classList.add("current");
    current = story.dataset.id;
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("#help")) one("#keys")?.showModal();
    const button = event.target.closest("button[form=act][name=do]");
    if (button && one("#day #act")) { // htmx does not hear of buttons that stand outside of their form
      event.preventDefault();
      act(button.value);
    }
    const title = event.target.closest("a.open");
    const panel = title && one(".panel", title.closest(".story"));
    if (panel?.firstElementChild) { // a second click shuts it
      event.preventDefault();
      event.stopImmediatePropagation();
      panel.replaceChildren();
    }
  }, true);

  // ---- live lengths
  const measure = (field) => {
    const hint = document.getElementById(field.getAttribute("aria-describedby"));
    if (!hint) return;
    const length = [...field.value.trim()].length;
    const most = Number(field.dataset.most);
    const good = Number(field.dataset.good);
    hint.className = `hint ${length > most ? "red" : length > good ? "amber" : ""}`;
    const over = length > most ? `${length - most} too many` : length > good ? "on the long side" : field.dataset.hint;
    hint.textContent = `${length} character${length === 1 ? "" : "s"}; ${over}`;
  };
  document.addEventListener("input", (event) => { if (event.target.dataset?.good) measure(event.target); });

  // ---- what was typed outlives a swap
  const dirty = () => all("#day input[id], #day textarea[id]").filter((field) => field.value !== field.defaultValue);
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "day") return;
    const sent = event.detail.requestConfig?.elt;
    kept = {
      fields: dirty().filter((field) => !sent || field.form !== sent || event.detail.xhr.status >= 400).map((field) => [field.id, field.value]),
      panels: all(".panel").filter((panel) => panel.firstElementChild && !panel.contains(sent)).map((panel) => panel.id),
    };
  });
  const refill = () => (kept?.fields || []).forEach(([id, value]) => {
    const field = document.getElementById(id);
    if (field && field.value !== value) { field.value = value; if (field.dataset.good) measure(field); }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "day") {
      draggable();
      refill();
      (kept?.panels || []).forEach((id) => {
        const title = one("a.open", document.getElementById(id)?.closest(".story") || document.createElement("i"));
        if (title) title.click();
      });
      if (current && row()) focus(row());
    } else if (event.detail.target?.classList.contains("panel")) {
      refill();
      const first = one("textarea", event.detail.target);
      if (first) { first.focus(); first.select(); }
    }
  });
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    const frame = one("#mail");
    if (event.detail.target?.id === "mailed" && frame) frame.src = frame.src; // other bytes: look again
  });
  document.addEventListener("htmx:sendError", () => say("The desk does not answer. Nothing of yours is lost: what you typed is still here. Try again."));
  document.addEventListener("htmx:responseError", (event) => {
    if (event.detail.pathInfo?.requestPath?.endsWith("/watch")) return;
    say(event.detail.xhr.status === 403 ? "You are signed out, or this page is too old. Load it again; copy first what you typed." : "That did not work, and nothing was changed. Try again in a moment.");
  });
  // ---- nothing is lost by leaving: neither what was typed nor an act that is still on its way
  let acting = 0;
  const acts = ({ detail: { requestConfig: asked } }) => asked?.verb === "post" && !asked.path.endsWith("/watch");
  document.addEventListener("htmx:beforeSend", (event) => { if (acts(event)) acting += 1; });
  document.addEventListener("htmx:afterRequest", (event) => { if (acts(event)) acting = Math.max(0, acting - 1); });
  addEventListener("beforeunload", (event) => { if (acting || dirty().length) event.preventDefault(); });
  addEventListener("pageshow", () => { draggable(); });
})();
