//! Compiles the Slint pages into the binary.

fn main() {
    slint_build::compile("slint/app.slint").expect("the pages under slint/ compile");
}
