//! The fan: on above one temperature, off below a lower one, so that it does not flutter between.

/// It runs at least this long: starting is what wears and is heard.
const RUN_AT_LEAST_MS: u64 = 30_000;

#[derive(Debug, Clone, Copy)]
pub struct Fan {
    on_c: f32,
    off_c: f32,
    /// Since when it runs.
    since_ms: Option<u64>,
}

impl Fan {
    /// Wrong way round they are taken for one temperature.
    pub fn new(on_c: f32, off_c: f32) -> Self {
        Self {
            on_c,
            off_c: off_c.min(on_c),
            since_ms: None,
        }
    }

    /// Whether it is to run now. A sensor that says nothing is no reason to melt.
    pub fn step(&mut self, celsius: Option<f32>, now_ms: u64) -> bool {
        let celsius = celsius.filter(|celsius| celsius.is_finite());
        match (celsius, self.since_ms) {
            (None, None) => self.since_ms = Some(now_ms),
            (Some(celsius), None) if celsius >= self.on_c => self.since_ms = Some(now_ms),
            (Some(celsius), Some(since_ms))
                if celsius < self.off_c && now_ms >= since_ms + RUN_AT_LEAST_MS =>
            {
                self.since_ms = None;
            }
            _ => {}
        }
        self.since_ms.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_flutter() {
        let mut fan = Fan::new(70.0, 60.0);
        assert!(!fan.step(Some(69.9), 0));
        assert!(fan.step(Some(70.0), 5_000));
        assert!(fan.step(Some(65.0), 60_000), "between the two it goes on");
        assert!(!fan.step(Some(59.9), 65_000));
        assert!(!fan.step(Some(65.0), 70_000), "and stays off");
    }

    #[test]
    fn it_runs_a_while_and_without_a_sensor() {
        let mut fan = Fan::new(70.0, 60.0);
        assert!(fan.step(Some(80.0), 0));
        assert!(fan.step(Some(20.0), 29_999));
        assert!(!fan.step(Some(20.0), 30_000));
        assert!(fan.step(None, 40_000));
        assert!(fan.step(Some(f32::NAN), 80_000), "no number is no word");
        assert!(!fan.step(Some(20.0), 80_001));
        let mut turned = Fan::new(50.0, 90.0);
        assert!(turned.step(Some(51.0), 0));
        assert!(!turned.step(Some(49.0), 30_000));
    }
}
