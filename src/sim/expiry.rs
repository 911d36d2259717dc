//! How long a sandbox or a preview lives.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::timeline::Pace;

/// The least that `runtime.ttl` may be, in seconds.
const SHORTEST: f64 = 300.0;
/// How long the record of an ended sandbox is kept, in seconds.
const RETENTION: f64 = 300.0;
/// Letters of a duration, and their seconds.
const UNITS: &[(char, f64)] =
    &[('s', 1.0), ('m', 60.0), ('h', 3600.0), ('d', 86_400.0), ('w', 604_800.0)];

/// What ends a sandbox, whichever comes first.
#[derive(Clone, Debug, Default)]
pub(super) struct Lifetime {
    /// So long after its creation.
    age: Option<SignedDuration>,
    /// So long after it was last used.
    idle: Option<SignedDuration>,
    /// On this date.
    date: Option<Timestamp>,
    /// How long its record is kept.
    retention: SignedDuration,
}

/// `30s`, `5m`, `1h`, `2d`, `1w`, in seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let unit = text.chars().next_back()?;
    let factor = UNITS.iter().find(|(known, _)| *known == unit)?.1;
    let count: u32 = text.get(..text.len() - 1)?.parse().ok()?;
    (count > 0).then(|| f64::from(count) * factor)
}

impl Lifetime {
    /// Reads `spec.runtime` and `spec.lifecycle`, or says what is wrong with them.
    pub(super) fn read(spec: &Map<String, Value>, pace: Pace) -> Result<Self, String> {
        let mut life = Self { retention: pace.lasting(RETENTION), ..Self::default() };
        let runtime = spec.get("runtime");
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        if let Some(ttl) = text(runtime.and_then(|runtime| runtime.get("ttl"))) {
            let told = "spec.runtime.ttl must be a duration of at least 5m, such as 30m or 24h";
            let seconds = seconds(&ttl).filter(|seconds| *seconds >= SHORTEST).ok_or(told)?;
            life.ages(pace.lasting(seconds));
        }
        if let Some(date) = text(runtime.and_then(|runtime| runtime.get("expires"))) {
            life.ends(date.parse().map_err(|_| "spec.runtime.expires must be an ISO 8601 date")?);
        }
        let Some(lifecycle) = spec.get("lifecycle").filter(|value| !value.is_null()) else {
            return Ok(life);
        };
        let lifecycle = lifecycle.as_object().ok_or("spec.lifecycle must be an object")?;
        if let Some(kept) = text(lifecycle.get("terminatedRetention")) {
            let told = "spec.lifecycle.terminatedRetention must be a duration";
            life.retention = pace.lasting(seconds(&kept).ok_or(told)?);
        }
        let policies = match lifecycle.get("expirationPolicies") {
            None | Some(Value::Null) => return Ok(life),
            Some(Value::Array(policies)) => policies,
            Some(_) => return Err("spec.lifecycle.expirationPolicies must be a list".to_owned()),
        };
        for policy in policies {
            let field = |name: &str| policy.get(name).and_then(Value::as_str).unwrap_or_default();
            if !matches!(field("action"), "" | "delete") {
                return Err("the action of an expiration policy must be delete".to_owned());
            }
            let lasts = || {
                let told = format!("{:?} is no duration such as 30m or 24h", field("value"));
                Ok::<_, String>(pace.lasting(seconds(field("value")).ok_or(told)?))
            };
            match field("type") {
                "ttl-max-age" => life.ages(lasts()?),
                "ttl-idle" => {
                    let lasts = lasts()?;
                    life.idle = Some(life.idle.map_or(lasts, |known| known.min(lasts)));
                }
                "date" => life.ends(
                    field("value")
                        .parse()
                        .map_err(|_| format!("{:?} is no ISO 8601 date", field("value")))?,
                ),
                other => {
                    return Err(format!(
                        "the type of an expiration policy must be ttl-idle, ttl-max-age or date, not {other:?}"
                    ));
                }
            }
        }
        Ok(life)
    }

    fn ages(&mut self, lasts: SignedDuration) {
        self.age = Some(self.age.map_or(lasts, |known| known.min(lasts)));
    }

    fn ends(&mut self, date: Timestamp) {
        self.date = Some(self.date.map_or(date, |known| known.min(date)));
    }

    /// When it is over, for what was created and last used then.
    pub(super) fn end(&self, created: Timestamp, used: Timestamp) -> Option<Timestamp> {
        let age = self.age.and_then(|age| created.checked_add(age).ok());
        let idle = self.idle.and_then(|idle| used.checked_add(idle).ok());
        [age, idle, self.date].into_iter().flatten().min()
    }

    /// Until when the record of what ended then is kept.
    pub(super) fn kept(&self, ended: Timestamp) -> Timestamp {
        ended.checked_add(self.retention).unwrap_or(ended)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_of_all_limits_ends_it() {
        let now = Timestamp::from_second(1_795_000_000).unwrap();
        let after = |seconds: i64| now.checked_add(SignedDuration::from_secs(seconds)).unwrap();
        let policies = |list: Value| json!({"lifecycle": {"expirationPolicies": list}});
        let age = |value: &str| json!({"type": "ttl-max-age", "value": value, "action": "delete"});
        let idle = |value: &str| json!({"type": "ttl-idle", "value": value});
        for (spec, end) in [
            (json!({}), None),
            (json!({"runtime": {"ttl": "5m"}}), Some(after(300))),
            (policies(json!([age("2h"), age("1h")])), Some(after(3600))),
            (policies(json!([age("1d"), idle("30s")])), Some(after(90))),
            (
                policies(json!([{"type": "date", "value": "2026-11-20T00:00:00Z"}, age("9w")])),
                Some("2026-11-20T00:00:00Z".parse().unwrap()),
            ),
        ] {
            let Value::Object(map) = &spec else { unreachable!() };
            let life = Lifetime::read(map, Pace(1.0)).unwrap();
            assert_eq!(life.end(now, after(60)), end, "{spec}");
        }
        for spec in [
            json!({"runtime": {"ttl": "4m"}}),
            json!({"runtime": {"ttl": "soon"}}),
            json!({"runtime": {"expires": "tomorrow"}}),
            policies(json!([age("0h")])),
            policies(json!([age("1y")])),
            policies(json!([{"type": "ttl", "value": "1h"}])),
            policies(json!([{"type": "date", "value": "1h"}])),
            policies(json!([{"type": "ttl-idle", "value": "1h", "action": "stop"}])),
            policies(json!({})),
            json!({"lifecycle": {"terminatedRetention": "x"}}),
        ] {
            let Value::Object(map) = &spec else { unreachable!() };
            assert!(Lifetime::read(map, Pace(1.0)).is_err(), "{spec}");
        }
    }
}
