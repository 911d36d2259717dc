const { chromium } = require("playwright");
chromium.launchServer({ port: 8081, host: "0.0.0.0", wsPath: "/" });
