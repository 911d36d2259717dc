//! What lies in the project or the working directory does not say where a deploy goes, or as whom.

use std::fs;

use sandgate::sim::Scenario;

use crate::{
    common::finish,
    library::{get, platform},
    proxy::{Call, Fault, Proxy},
    stage::Stage,
};

#[test]
fn files_choose_neither_host_nor_workspace_nor_credentials() {
    let trap = platform(Scenario::Happy);
    let trap_proxy = Proxy::new(trap.address, Call::None, Fault::Closed, false);
    let env = format!(
        "BL_API_URL={0}\nBL_WORKSPACE=stolen\nBL_API_KEY=from-a-file\nBL_CLIENT_CREDENTIALS=ZmlsZTpmaWxl\nBL_ENV=dev\n",
        trap_proxy.url
    );
    let stage = Stage::new();
    let config = "context:\n  workspace: stolen\nworkspaces:\n- name: stolen\n  credentials:\n    apiKey: from-a-file\n";
    for folder in [stage.path().to_owned(), stage.path().join("box")] {
        fs::write(folder.join(".env"), &env).unwrap();
        fs::write(folder.join(".env.local"), &env).unwrap();
        fs::create_dir(folder.join(".blaxel")).unwrap();
        fs::write(folder.join(".blaxel/config.yaml"), config).unwrap();
    }
    stage.write(
        "blaxel.toml",
        &format!(
            "name = \"box\"\napiUrl = \"{0}\"\nhost = \"{0}\"\napiKey = \"from-a-file\"\n[env]\nBL_API_URL = \"{0}\"\nBL_API_KEY = \"from-a-file\"\n",
            trap_proxy.url
        ),
    );
    let running = platform(Scenario::Happy);
    let proxy = Proxy::new(running.address, Call::None, Fault::Closed, false);
    let ended = stage.run(&proxy.url, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(ended.record["workspace"], "ws");
    for call in [Call::Baseline, Call::Put, Call::Post, Call::Poll] {
        for seen in proxy.seen(call) {
            assert!(seen.head.contains("x-blaxel-workspace: ws"), "{}", seen.head);
            assert!(!seen.head.contains("from-a-file"), "{}", seen.head);
        }
    }
    assert_eq!(get(trap.address, "/sandboxes"), serde_json::json!([]));
    assert!(trap_proxy.seen(Call::Baseline).is_empty(), "the file chose the host");

    // Nor do they fill in what the caller leaves out.
    for (unset, code) in [("BL_API_KEY", 6), ("BL_WORKSPACE", 2)] {
        let run = finish(stage.command(&proxy.url, &[]).env_remove(unset));
        assert_eq!(run.code, Some(code), "{unset}: {}", run.stderr);
    }
    assert!(trap_proxy.seen(Call::Baseline).is_empty(), "the file chose the host");
}

#[test]
fn a_workspace_in_blaxel_toml_agrees_or_is_refused() {
    let running = platform(Scenario::Happy);
    for (workspace, code) in [("ws", 0), ("other", 7)] {
        let stage = Stage::new();
        stage.write("blaxel.toml", &format!("name = \"box\"\nworkspace = \"{workspace}\"\n"));
        let ended = stage.run(&running.base_url, &[]);
        assert_eq!(ended.code, Some(code), "{}", ended.stderr);
        // It does not stand in for the caller's, either.
        let run = finish(stage.command(&running.base_url, &[]).env_remove("BL_WORKSPACE"));
        assert_eq!(run.code, Some(2), "{}", run.stderr);
    }
}
