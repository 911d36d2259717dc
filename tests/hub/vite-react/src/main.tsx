document.querySelector("#root")!.textContent = "ready";
