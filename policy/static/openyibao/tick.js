// Ticks every row of the page at once.
"use strict";
const all = document.getElementById("tick-all");
const rows = () => document.querySelectorAll('.oy-tick input[name="people"]');
all?.addEventListener("change", () => rows().forEach((row) => { row.checked = all.checked; }));
