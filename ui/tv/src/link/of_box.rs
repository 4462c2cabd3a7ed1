//! The box's own pages as calls of the API.

use hearth_model::{UpdateStatus, WifiNetwork};
use serde::Deserialize;
use serde_json::{Value, json};

use super::http::Client;
use crate::view_model::{BoxAnswer, BoxRequest, Problem};

#[derive(Deserialize)]
struct Wifi {
    items: Vec<WifiNetwork>,
}

async fn order(client: &Client, path: &str, body: Value) -> Result<(), Problem> {
    client.post::<Value>(path, body).await.map(|_| ())
}

pub async fn answer(client: &Client, request: BoxRequest) -> BoxAnswer {
    match request {
        BoxRequest::Device => BoxAnswer::Device(client.get("/api/v1/device").await),
        BoxRequest::Network => BoxAnswer::Network(client.get("/api/v1/device/network").await),
        BoxRequest::Wifi { anew } => {
            let path = format!("/api/v1/device/wifi?anew={anew}");
            let found: Result<Wifi, Problem> = client.get(&path).await;
            BoxAnswer::Wifi(found.map(|found| found.items))
        }
        BoxRequest::Join { name, password } => {
            let password = password.map(|password| password.0);
            let body = json!({ "name": name, "password": password });
            BoxAnswer::Joined(order(client, "/api/v1/device/wifi", body).await)
        }
        BoxRequest::Updates => BoxAnswer::Updates(client.get("/api/v1/device/updates").await),
        BoxRequest::Check => {
            let status: Result<UpdateStatus, Problem> =
                client.post("/api/v1/device/updates/check", json!({})).await;
            BoxAnswer::Updates(status)
        }
        BoxRequest::Install { id } => {
            let body = json!({ "id": id });
            BoxAnswer::Ordered(order(client, "/api/v1/device/updates/install", body).await)
        }
        BoxRequest::Policy(policy) => {
            let body = json!({ "policy": policy });
            BoxAnswer::Ordered(order(client, "/api/v1/device/updates/policy", body).await)
        }
        BoxRequest::Power(action) => {
            let body = json!({ "action": action });
            BoxAnswer::Power(order(client, "/api/v1/device/power", body).await)
        }
        BoxRequest::Drew(surface) => {
            let body = json!({ "surface": surface });
            if let Err(problem) = order(client, "/api/v1/device/frame", body).await {
                tracing::warn!(
                    detail = problem.sentence(),
                    "the box was not told of the first frame"
                );
            }
            BoxAnswer::Drew
        }
        BoxRequest::KeepChoices(choices) => {
            if let Err(problem) = client.put("/api/v1/device/tv", json!(choices)).await {
                tracing::warn!(
                    detail = problem.sentence(),
                    "the box does not keep what was chosen here yet; it is told again"
                );
            }
            BoxAnswer::ChoicesKept
        }
        BoxRequest::SetUpDone => {
            BoxAnswer::SetUpDone(order(client, "/api/v1/device/set-up", json!({})).await)
        }
    }
}
