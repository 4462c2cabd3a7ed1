slint::include_modules!();
fn main() { App::new().unwrap().run().unwrap(); }
