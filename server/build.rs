//! Has the server built again when the browser's part, which it carries, changes.

fn main() {
    println!("cargo::rerun-if-changed=../target/site");
    println!("cargo::rerun-if-changed=../migrations");
}
