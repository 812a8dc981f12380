document.getElementById("print").addEventListener("click", () => window.print());
document.getElementById("back").addEventListener("click", () => window.history.back());
