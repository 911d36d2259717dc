//! What is the same for everybody: regions, the hub's images, features.

use axum::extract::{Path, Request, State};
use serde_json::{Map, Value, json};

use super::{
    Sim,
    refusals::{self, Call},
    wire::{Reply, error, json_answer},
};

/// Regions: name, place, country, continent.
const REGIONS: &[(&str, &str, &str, &str)] = &[
    ("us-pdx-1", "Portland", "US", "NA"),
    ("us-was-1", "Washington", "US", "NA"),
    ("eu-lon-1", "London", "GB", "EU"),
    ("eu-fra-1", "Frankfurt", "DE", "EU"),
];

/// Images that everybody may run as `blaxel/NAME:latest`: name, memory in MB, ports beside 8080, and whether the
/// console hides it.
const HUB: &[(&str, u64, &[u64], bool)] = &[
    ("app-runner", 2048, &[], true),
    ("astro", 4096, &[4321], false),
    ("base-image", 4096, &[], false),
    ("benchmark", 2048, &[], true),
    ("chromium", 4096, &[8081], false),
    ("claude-code", 8192, &[], true),
    ("codex", 8192, &[], true),
    ("cua-xfce", 4096, &[6901, 8000], false),
    ("docker-in-sandbox", 4096, &[3000], false),
    ("expo", 4096, &[8081], false),
    ("jupyter-notebook", 4096, &[8888], true),
    ("jupyter-server", 4096, &[8888], true),
    ("lightpanda", 1024, &[8081], false),
    ("nextjs", 4096, &[3000], false),
    ("node", 4096, &[], false),
    ("node-slim", 4096, &[], true),
    ("omnigent-host", 4096, &[], true),
    ("onboarder-nextjs", 4096, &[3000], true),
    ("playwright-chromium", 4096, &[8081], false),
    ("playwright-firefox", 4096, &[8081], false),
    ("py-app", 4096, &[8000], false),
    ("tailscale", 4096, &[], true),
    ("ts-app", 2048, &[3000], false),
    ("vibekit-claude", 4096, &[3000], true),
    ("vibekit-codex", 4096, &[3000], true),
    ("vibekit-gemini", 4096, &[3000], true),
    ("vibekit-grok", 4096, &[3000], true),
    ("vibekit-opencode", 4096, &[3000], true),
    ("vite-react-ts", 4096, &[5173], false),
    ("xfce-vnc", 4096, &[6901], false),
];

/// Whether something can run there. The platform chooses a place for `auto`.
pub(super) fn is_region(name: &str) -> bool {
    name == "auto" || REGIONS.iter().any(|(known, ..)| *known == name)
}

/// Whether it is the name of a hub image, without its tag.
pub(super) fn in_hub(name: &str) -> bool {
    HUB.iter().any(|(known, ..)| *known == name)
}

/// The references of the hub's images that the console shows.
pub(super) fn hub_images() -> Vec<String> {
    HUB.iter().filter(|row| !row.3).map(|row| format!("blaxel/{}:latest", row.0)).collect()
}

/// Lets a call in that concerns nothing of the workspace.
fn read(sim: &Sim, request: Request) -> Result<(), super::wire::Refusal> {
    let caller = sim.enter(&request.into_parts().0)?;
    let key = (String::new(), String::new());
    let scenario = caller.asked.unwrap_or(sim.config.scenario);
    refusals::before(&mut sim.world().0, scenario, &key, Call::Place)
}

/// `GET /locations`.
pub(super) async fn locations(State(sim): State<Sim>, request: Request) -> Reply {
    read(&sim, request)?;
    let rows = REGIONS.iter().map(|(region, location, country, continent)| {
        json!({
            "region": region,
            "location": location,
            "country": country,
            "continent": continent,
            "status": "healthy",
            "flavors": [{"name": "t4", "type": "cpu"}],
        })
    });
    Ok(json_answer(200, &rows.collect()))
}

/// `GET /configuration`.
pub(super) async fn configuration(State(sim): State<Sim>, request: Request) -> Reply {
    read(&sim, request)?;
    let regions: Vec<Value> = REGIONS
        .iter()
        .map(|(name, location, country, continent)| {
            json!({
                "name": name,
                "location": location,
                "country": country,
                "continent": continent,
                "allowed": "true",
                "infoGeneration": "mk3",
                "mk31Available": true,
                "drivesAvailable": true,
                "egressAvailable": true,
                "proxyAvailable": true,
            })
        })
        .collect();
    let named = |rows: &[(&str, &str)]| -> Value {
        rows.iter().map(|(name, shown)| json!({"name": name, "displayName": shown})).collect()
    };
    Ok(json_answer(
        200,
        &json!({
            "regions": regions,
            "continents": named(&[("NA", "North America"), ("EU", "Europe")]),
            "countries": named(&[("US", "United States"), ("GB", "United Kingdom"), ("DE", "Germany")]),
            "privateLocations": [],
            "detectedRegion": "us-pdx-1",
        }),
    ))
}

/// `GET /sandbox/hub`.
pub(super) async fn hub(State(sim): State<Sim>, request: Request) -> Reply {
    read(&sim, request)?;
    let rows = HUB.iter().map(|(name, memory, ports, hidden)| {
        let api = json!({"name": "sandbox-api", "target": 8080, "protocol": "HTTP"});
        let others = ports.iter().map(
            |port| json!({"name": format!("port-{port}"), "target": port, "protocol": "HTTP"}),
        );
        json!({
            "name": name,
            "displayName": name,
            "image": format!("blaxel/{name}:latest"),
            "memory": memory,
            "ports": std::iter::once(api).chain(others).collect::<Vec<_>>(),
            "hidden": hidden,
        })
    });
    Ok(json_answer(200, &rows.collect()))
}

/// `GET /features`: none is on.
pub(super) async fn features(State(sim): State<Sim>, request: Request) -> Reply {
    read(&sim, request)?;
    Ok(json_answer(200, &json!({"features": Map::new()})))
}

/// `GET /features/{name}`.
pub(super) async fn feature(
    State(sim): State<Sim>,
    Path(name): Path<String>,
    request: Request,
) -> Reply {
    read(&sim, request)?;
    Err(error(404, "Not Found", &format!("there is no feature {name:?}")))
}
