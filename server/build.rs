//! The embedded front end must exist as a folder even before it was built; the binary then serves pages without islands.
fn main() {
    let site = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/site");
    let _ = std::fs::create_dir_all(site);
    println!("cargo:rerun-if-changed={site}");
}
