// The upload page: offer only the ways the chosen kind of list is sent in. Without it all stand there, and the server decides.
document.addEventListener("DOMContentLoaded", () => {
  const kind = document.getElementById("id_kind");
  const choices = [...document.querySelectorAll("input[name=mode]")];
  const block = choices.length ? choices[0].closest(".group") : null;
  if (!kind || !block) return;
  const show = () => {
    const modes = (kind.selectedOptions[0].dataset.modes || "").split(" ").filter(Boolean);
    block.hidden = modes.length < 2;
    if (!modes.length) return;
    if (modes.length === 1) choices.forEach((choice) => { choice.checked = choice.value === modes[0]; });
  };
  kind.addEventListener("change", show);
  show();
});
