// The upload page: offer only the ways and the senders the chosen kind of list has, and propose what was agreed for the
// area. Without it all stand there, and the server decides. What somebody chose by hand is not chosen anew.
document.addEventListener("DOMContentLoaded", () => {
  const kind = document.getElementById("id_kind");
  const area = document.getElementById("id_area");
  const agency = document.getElementById("id_agency");
  const modes = [...document.querySelectorAll("input[name=mode]")];
  const agreed = JSON.parse(document.getElementById("agreed")?.textContent || "[]");
  const block = (input) => (input ? input.closest(".group") : null);
  if (!kind || !area || !agency || !block(modes[0]) || !block(agency)) return;
  let byHand = modes.some((mode) => mode.checked);
  let senderByHand = Boolean(agency.value);

  const offerModes = (known) => {
    block(modes[0]).hidden = known.length < 2;
    if (known.length === 1) modes.forEach((mode) => { mode.checked = mode.value === known[0]; });
  };
  const offerSenders = (sender, path) => {
    [...agency.options].forEach((option) => {
      const fits = !option.value || (option.dataset.kind === sender && path.startsWith(option.dataset.area));
      option.hidden = option.disabled = !fits;
      if (!fits && option.selected) agency.value = "";
    });
    block(agency).hidden = !sender;
  };
  const propose = () => {
    const here = agreed.filter((each) => each.kind === kind.value && String(each.area) === area.value);
    const ways = new Set(here.map((each) => each.mode));
    if (!byHand) modes.forEach((mode) => { mode.checked = ways.size === 1 && ways.has(mode.value); });
    const chosen = modes.find((mode) => mode.checked)?.value;
    const senders = new Set(here.filter((each) => each.mode === chosen).map((each) => String(each.agency)));
    if (!senderByHand) agency.value = senders.size === 1 ? [...senders][0] : "";
  };
  const show = (event) => {
    const { modes: ways = "", sender = "" } = kind.selectedOptions[0].dataset;
    offerSenders(sender, area.selectedOptions[0].dataset.path || "");
    if (event) propose();
    offerModes(ways.split(" ").filter(Boolean));
  };
  [kind, area].forEach((input) => input.addEventListener("change", (event) => { senderByHand = false; show(event); }));
  agency.addEventListener("change", () => { senderByHand = true; });
  modes.forEach((mode) => mode.addEventListener("change", () => { byHand = true; propose(); }));
  show();
});
